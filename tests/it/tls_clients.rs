//! TLS as the command line has it: the commands as clients, `serve` with its files, and what each mistake answers.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use dhakira::{access::Role, server::Exposure};
use rcgen::{CertificateParams, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

use crate::support::{
    TestServer, binary,
    certificates::{Ca, Files, TlsServer, client_params, expired, owner, server_params},
    make_admin,
};

fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    for variable in ["DHAKIRA_TOKEN", "DHAKIRA_CA", "DHAKIRA_CERT", "DHAKIRA_KEY"] {
        command.env_remove(variable);
    }
    command.args(arguments).envs(environment.iter().copied()).output().unwrap()
}

/// Runs `dhakira memory list` on a thread of its own, so that it does not block the server. Returns the exit code and
/// standard error.
async fn list(address: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let all: Vec<String> =
        ["memory", "list", "--server", address].iter().chain(arguments).map(|a| (*a).to_owned()).collect();
    let environment: Vec<(String, String)> =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let output = tokio::task::spawn_blocking(move || {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        command(&all, &environment)
    });
    let output = output.await.unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_command_connects_with_tls_and_never_in_the_clear() {
    let server = TlsServer::start(vec![], |settings, _| settings.sample = true).await;
    let https = format!("https://{}", server.address);
    let ca = server.ca_file.to_str().unwrap();
    let upper = https.replace("https", "HTTPS");
    let by_name = format!("https://localhost:{}", server.address.port());
    for (address, arguments, environment) in [
        (&https, vec!["--ca", ca], vec![]),
        (&by_name, vec!["--ca", ca], vec![]),
        (&upper, vec!["--ca", ca], vec![]),
        (&https, vec![], vec![("DHAKIRA_CA", ca)]),
        // The flag goes over the variable.
        (&https, vec!["--ca", ca], vec![("DHAKIRA_CA", "absent.pem")]),
    ] {
        let (code, error) = list(address, &arguments, &environment).await;
        assert_eq!((code, error.as_str()), (0, ""), "{address} {arguments:?}");
    }
    let other_folder = tempfile::tempdir().unwrap();
    let other = Ca::new("another").write(other_folder.path());
    for (address, arguments, words) in [
        (https.as_str(), vec![], "give the CA of the server with --ca FILE"),
        (&https, vec!["--ca", other.to_str().unwrap()], "not of a CA that is trusted here"),
        (&https.replace("https", "http"), vec![], "write https:// in the address"),
        (&https.replace("https", "http"), vec!["--ca", ca], "--ca is for a server with TLS"),
        (&https.replace("https", "htps"), vec!["--ca", ca], "is not a valid address"),
        (&server.address.to_string(), vec!["--ca", ca], "is not a valid address"),
        (&https, vec!["--ca", "absent.pem"], "--ca absent.pem: cannot read the file"),
        (&https, vec!["--ca", server.files.key()], "has no certificate"),
        (&https, vec!["--ca", ca, "--cert", server.files.certificate()], "--cert needs --key"),
        (&https, vec!["--ca", ca, "--key", server.files.key()], "--key needs --cert"),
    ] {
        let (code, error) = list(address, &arguments, &[]).await;
        assert_eq!(code, 2, "{address} {arguments:?}: {error}");
        assert!(error.contains(words), "{address} {arguments:?}: {error}");
    }
    // The port of the metrics has no gRPC.
    let (code, error) = list(&format!("https://{}", server.metrics), &["--ca", ca], &[]).await;
    assert!(code == 2 && error.contains("not gRPC"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn the_variables_of_tls_do_not_disturb_a_server_without_it() {
    let server = TestServer::start().await;
    let http = format!("http://{}", server.address);
    let environment = [("DHAKIRA_CA", "absent.pem"), ("DHAKIRA_CERT", "absent.pem")];
    assert_eq!(list(&http, &[], &environment).await.0, 1, "no memory is there");
    let folder = tempfile::tempdir().unwrap();
    let ca = Ca::new("CA").write(folder.path());
    let https = http.replace("http", "https");
    let (code, error) = list(&https, &["--ca", ca.to_str().unwrap()], &[]).await;
    assert!(code == 2 && error.contains("does not speak TLS"), "{error}");
    server.stop().await;
}

/// Serves TLS with a certificate that our own server would not start with. Each connection ends after its handshake.
async fn bad_server(files: &Files) -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(files.chain(), files.private_key())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    address
}

#[tokio::test]
async fn the_certificate_of_a_server_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Ca::new("CA");
    let ca_file = ca.write(folder.path());
    let mut not_yet = server_params();
    not_yet.not_before = rcgen::date_time_ymd(4000, 1, 1);
    let of_ca = {
        let key = KeyPair::generate().unwrap();
        let mut params = server_params();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let files = Files { certificate: folder.path().join("own.pem"), key: folder.path().join("own.key") };
        fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    };
    let other_name = CertificateParams::new(["elsewhere.example".to_owned()]).unwrap();
    let sign = |params: &CertificateParams, file: &str| ca.sign(params, folder.path(), file);
    for (files, ca, words) in [
        (sign(&expired(server_params()), "expired"), &ca_file, "the certificate of the server has expired"),
        (sign(&not_yet, "not-yet"), &ca_file, "not valid yet"),
        (sign(&other_name, "other-name"), &ca_file, "elsewhere.example"),
        (sign(&client_params("a"), "client"), &ca_file, "the certificate of the server"),
        (of_ca.clone(), &of_ca.certificate, "that of a CA, which cannot be used for a server"),
    ] {
        let address = format!("https://{}", bad_server(&files).await);
        let (code, error) = list(&address, &["--ca", ca.to_str().unwrap()], &[]).await;
        assert_eq!(code, 2);
        assert!(error.contains(words), "{files:?}: {error}");
    }
}

#[tokio::test]
async fn a_command_shows_its_certificate() {
    let amal = owner("cn:amal", "amal", Role::Reader, "*");
    let server = TlsServer::start(vec![amal], |settings, _| {
        settings.exposure = Exposure::RequireTokens;
        settings.tls.client_required = true;
        settings.sample = true;
    })
    .await;
    let (https, ca) = (format!("https://{}", server.address), server.ca_file.to_str().unwrap().to_owned());
    let other = Ca::new("another");
    let folder = tempfile::tempdir().unwrap();
    let good = server.ca.client(server.path(), "amal");
    let stranger = server.ca.client(server.path(), "omar");
    let foreign = other.client(folder.path(), "amal");
    let for_servers = server.ca.sign(&server_params(), folder.path(), "for-servers");
    let old = server.ca.sign(&expired(client_params("amal")), folder.path(), "old");
    let variables = [("DHAKIRA_CERT", good.certificate()), ("DHAKIRA_KEY", good.key())];
    assert_eq!(list(&https, &["--ca", &ca], &variables).await, (0, String::new()));
    for (files, words) in [
        (Some(&good), ""),
        (Some(&stranger), "[CERTIFICATE_UNKNOWN]"),
        (Some(&foreign), "not of a CA that the server trusts"),
        (Some(&for_servers), "extended key usage clientAuth"),
        (Some(&old), "old.pem: the certificate expired"),
        (None, "give one with --cert FILE and --key FILE"),
    ] {
        let mut arguments = vec!["--ca", ca.as_str()];
        if let Some(files) = files {
            arguments.extend(["--cert", files.certificate(), "--key", files.key()]);
        }
        let (code, error) = list(&https, &arguments, &[]).await;
        assert_eq!(code, if words.is_empty() { 0 } else { 2 }, "{files:?}: {error}");
        assert!(error.contains(words), "{files:?}: {error}");
    }
    let mixed = ["--ca", &ca, "--cert", good.certificate(), "--key", stranger.key()];
    let (code, error) = list(&https, &mixed, &[]).await;
    assert!(code == 2 && error.contains("amal.pem") && error.contains("does not fit"), "{error}");
    server.stop().await;
}

/// Runs `dhakira serve --check` with these arguments. Returns the exit code and the output.
fn check(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let data = folder.join("data");
    let mut all = [&["serve", "--check", "--data", data.to_str().unwrap()], arguments].concat();
    // The default address may be in use.
    if !arguments.contains(&"--listen") {
        all.extend(["--listen", "127.0.0.1:0"]);
    }
    let output = command(&all, &[]);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// Returns an address that other machines reach and that is free now.
fn free_address() -> String {
    std::net::TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn serve_checks_the_files_of_tls() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ca = Ca::new("CA");
    let (good, ca_file) = (ca.server(folder.path()), ca.write(folder.path()));
    let (cert, key, ca_file) = (good.certificate(), good.key(), ca_file.to_str().unwrap());
    let old = ca.sign(&expired(server_params()), folder.path(), "old");
    let other = ca.sign(&server_params(), folder.path(), "other");
    fs::write(path("owners.toml"), "[[client_certificates]]\nsubject = 'cn:a'\nname = 'a'\nreader = ['*']\n")
        .unwrap();
    let keys = format!("tls_cert = '{cert}'\ntls_key = '{key}'\n");
    fs::write(path("tls.toml"), &keys).unwrap();
    fs::write(path("proxy.toml"), format!("{keys}plaintext_behind_proxy = true\n")).unwrap();
    let (owners, tls, proxy) = (path("owners.toml"), path("tls.toml"), path("proxy.toml"));
    let (one, two) = (free_address(), free_address());
    let elsewhere = ["--listen", &one, "--metrics", &two];
    let reached = format!("{two} can be reached");
    for (arguments, words) in [
        (vec!["--tls-cert", cert, "--tls-key", key], ""),
        (vec!["--tls-cert", cert, "--tls-key", key, "--listen", &one], "tokens are required"),
        (vec!["--config", &tls], ""),
        // A flag goes over the key of the file.
        (vec!["--config", &tls, "--tls-cert", other.certificate(), "--tls-key", other.key()], ""),
        (vec!["--config", &tls, "--tls-cert", other.certificate()], "does not fit"),
        (vec!["--config", &owners, "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca_file], ""),
        ([&["--tls-cert", cert, "--tls-key", key][..], &elsewhere].concat(), "tokens are required"),
        (elsewhere.to_vec(), "--tls-cert and --tls-key"),
        (vec!["--metrics", &two], reached.as_str()),
        (vec!["--tls-cert", cert], "--tls-cert needs --tls-key"),
        (vec!["--tls-key", key], "--tls-key needs --tls-cert"),
        (vec!["--tls-client-ca", ca_file], "--tls-client-ca needs --tls-cert"),
        (vec!["--tls-client-required"], "--tls-client-required needs --tls-cert"),
        (vec!["--config", &owners], "[[client_certificates]] needs --tls-cert"),
        (vec!["--config", &owners, "--tls-cert", cert, "--tls-key", key], "needs --tls-client-ca"),
        (
            vec!["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca_file],
            "no [[client_certificates]]",
        ),
        (vec!["--tls-cert", cert, "--tls-key", key, "--plaintext-behind-proxy"], "exclude each other"),
        (vec!["--config", &proxy], "exclude each other"),
        (vec!["--tls-cert", "absent.pem", "--tls-key", key], "--tls-cert absent.pem: cannot read the file"),
        (vec!["--tls-cert", cert, "--tls-key", "absent.key"], "--tls-key absent.key: cannot read the file"),
        (
            vec!["--tls-cert", old.certificate(), "--tls-key", old.key()],
            "old.pem: the certificate expired at",
        ),
        (vec!["--tls-cert", cert, "--tls-key", other.key()], "other.key: the private key does not fit"),
        (vec!["--tls-cert", key, "--tls-key", key], "the file has no certificate"),
        (vec!["--tls-cert", cert, "--tls-key", cert], "the file has no private key"),
    ] {
        let (code, text) = check(folder.path(), &arguments);
        assert_eq!(code, if words.is_empty() { 0 } else { 2 }, "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    assert!(!folder.path().join("data").exists(), "a check makes no store");
}

/// Ends the process when it is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_hangup_reloads_the_certificate_and_a_bad_one_keeps_the_former() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Ca::new("CA");
    let (files, ca_file) = (ca.server(folder.path()), ca.write(folder.path()));
    let data = folder.path().join("data");
    make_admin(&data);
    let config = folder.path().join("config.toml");
    // So rarely that only the signal can be the reason.
    fs::write(&config, "tls_reload_seconds = 1000000\n").unwrap();
    let mut child = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--log-format", "json"])
        .args(["--data", data.to_str().unwrap(), "--config", config.to_str().unwrap()])
        .args(["--tls-cert", files.certificate(), "--tls-key", files.key()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let serving = Serving(child);
    let https = format!("https://{}", greeting.next().unwrap().rsplit(' ').next().unwrap());
    assert!(greeting.next().unwrap().contains("metrics are at https://"));
    assert!(greeting.any(|line| line.contains("grpcurl -cacert CA.pem")));
    let mut hang_up = |message: &str| {
        let sent = Command::new("kill").args(["-HUP", &serving.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
        log.find(|line| line.contains(message)).unwrap_or_else(|| panic!("the log ends without '{message}'"))
    };
    let list = |ca: &Path| {
        let arguments = ["memory", "list", "--server", &https, "--ca", ca.to_str().unwrap()];
        command(&arguments, &[]).status.code()
    };
    assert_eq!(list(&ca_file), Some(1), "there is no memory");
    hang_up("have not changed");
    // A certificate of another CA, without its key.
    let next_folder = tempfile::tempdir().unwrap();
    let next_ca = Ca::new("the next CA");
    let next_ca_file = next_ca.write(next_folder.path());
    let next = next_ca.server(next_folder.path());
    fs::copy(&next.certificate, &files.certificate).unwrap();
    let line = hang_up("the former ones stay in use");
    assert!(line.contains("does not fit") && line.contains("server.key"), "{line}");
    assert_eq!((list(&ca_file), list(&next_ca_file)), (Some(1), Some(2)));
    fs::remove_file(&files.key).unwrap();
    assert!(hang_up("the former ones stay in use").contains("cannot read the file"));
    assert_eq!(list(&ca_file), Some(1));
    fs::copy(&next.key, &files.key).unwrap();
    hang_up("were reloaded");
    assert_eq!((list(&ca_file), list(&next_ca_file)), (Some(2), Some(1)));
}
