//! `dhakira serve --check` finds what would keep a server from starting, and leaves nothing.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use dhakira::access::Role;
use tempfile::TempDir;

use crate::support::{binary, copy_folder, engine_at, make_token, root};

/// Returns the contents, the rights and the times of everything in a folder.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        let facts = path.metadata().unwrap();
        let content = if facts.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else {
            fs::read(&path).unwrap()
        };
        found.insert(path, (content, facts.permissions().mode(), facts.modified().unwrap()));
    }
    found
}

struct Checked {
    code: Option<i32>,
    text: String,
}

/// Checks a start on the folder `data`. Fails if the check leaves anything there or in the folder for its copy.
fn check(data: &Path, arguments: &[&str]) -> Checked {
    let scratch = tempfile::tempdir().unwrap();
    let parent = data.ancestors().skip(1).find(|above| above.exists()).unwrap();
    let before = state(parent);
    let mut defaults = vec!["--listen=127.0.0.1:0", "--disk-reserve-mib=0"];
    defaults.retain(|default| !arguments.iter().any(|given| default.starts_with(&format!("{given}="))));
    let output = Command::new(binary())
        .args(["serve", "--check", "--data"])
        .arg(data)
        .args(defaults)
        .args(arguments)
        .env("TMPDIR", scratch.path())
        .output()
        .unwrap();
    assert!(before == state(parent), "the check has changed something in {}", parent.display());
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "the check has left its copy");
    let text = [output.stdout, output.stderr].concat();
    Checked { code: output.status.code(), text: String::from_utf8(text).unwrap() }
}

fn assert_finds(checked: &Checked, code: i32, words: &[&str]) {
    let Checked { code: found, text } = checked;
    assert_eq!(*found, Some(code), "{text}");
    assert!(words.iter().all(|word| text.contains(word)), "{words:?} in {text}");
}

/// Returns a folder with a store in `data`, which has a token if `with_token`.
fn stored(with_token: bool) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let engine = engine_at(&data);
    if with_token {
        make_token(&engine, "root", Role::Admin, "*");
    }
    drop(engine);
    (folder, data)
}

#[test]
fn a_folder_that_is_absent_empty_or_used_is_good() {
    let folder = tempfile::tempdir().unwrap();
    for absent in ["data", "a/b/c"] {
        assert_finds(
            &check(&folder.path().join(absent), &[]),
            0,
            &["would be created", "the server would start"],
        );
    }
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_finds(&check(&folder.path().join("empty"), &[]), 0, &["a store would be created"]);
    let (_folder, data) = stored(false);
    let words = ["data: ", "can be used", "no other process", "opens, with format 3", "callers need none"];
    assert_finds(&check(&data, &[]), 0, &words);
    let metrics = check(&data, &["--metrics", "127.0.0.1:0"]);
    assert_finds(&metrics, 0, &["listen: 127.0.0.1:0 is free", "metrics: 127.0.0.1:0 is free"]);
}

#[test]
fn tokens_and_addresses_that_others_reach_are_checked() {
    let (_folder, data) = stored(false);
    assert_finds(&check(&data, &["--require-tokens"]), 2, &["PROBLEM  tokens", "dhakira token create"]);
    assert_finds(&check(&data.with_file_name("absent"), &["--require-tokens"]), 2, &["dhakira token create"]);
    assert_finds(
        &check(&data, &["--listen", "0.0.0.0:0"]),
        2,
        &["PROBLEM  listen", "--plaintext-behind-proxy"],
    );
    assert_finds(&check(&data, &["--metrics", "0.0.0.0:0"]), 2, &["PROBLEM  metrics"]);
    assert_finds(&check(&data, &["--listen", "0.0.0.0:0", "--open-to-everyone"]), 0, &["would start"]);
    let (_folder, data) = stored(true);
    assert_finds(&check(&data, &["--require-tokens"]), 0, &["tokens: callers need one"]);
    assert_finds(&check(&data, &[]), 3, &["warning  tokens", "look at the warnings"]);
}

#[test]
fn addresses_that_are_taken_or_no_addresses_are_problems() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    assert_finds(&check(&data, &["--listen", &taken]), 2, &["PROBLEM  listen", &taken]);
    assert_finds(&check(&data, &["--metrics", &taken]), 2, &["PROBLEM  metrics", &taken]);
    assert_finds(&check(&data, &["--listen", "here"]), 2, &["PROBLEM  listen", "here"]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    assert_finds(&check(&data, &["--listen", &free, "--metrics", &free]), 2, &["PROBLEM  metrics", &free]);
}

#[test]
fn a_store_that_would_not_open_is_a_problem() {
    let (_folder, data) = stored(false);
    let owner = engine_at(&data);
    assert_finds(&check(&data, &[]), 2, &["PROBLEM  lock", "another process owns"]);
    drop(owner);
    let db = data.join("db");
    let whole = fs::read(&db).unwrap();
    for damage in [vec![0xA5; whole.len()], Vec::new()] {
        fs::write(&db, damage).unwrap();
        assert_finds(&check(&data, &[]), 2, &["PROBLEM  store", "damaged"]);
    }
    fs::remove_dir_all(&data).unwrap();
    fs::write(&data, "a file").unwrap();
    assert_finds(&check(&data, &[]), 2, &["PROBLEM  data", "Give a folder"]);
    assert_finds(&check(&data.join("inside"), &[]), 2, &["PROBLEM  data"]);
}

/// Returns the binary as a user without rights runs it, or `None` if that cannot be arranged.
fn as_nobody() -> Option<Command> {
    let arguments = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let can_change = Command::new("setpriv").args(arguments).arg("true").output().ok()?.status.success();
    let mut command = Command::new("setpriv");
    command.args(arguments).arg(binary());
    can_change.then_some(command)
}

#[test]
fn a_folder_that_this_user_may_not_use_is_a_problem() {
    let (folder, data) = stored(false);
    // The user without rights may enter the folder above, and finds a store that somebody else owns.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for (rights, name) in [(0o700, "data"), (0o755, "data"), (0o777, "data"), (0o777, "absent")] {
        fs::set_permissions(&data, fs::Permissions::from_mode(rights)).unwrap();
        let Some(mut command) = as_nobody() else {
            return println!("skipped: only root can change the user");
        };
        command
            .args(["serve", "--check", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.with_file_name(name));
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let checked = Checked { code: output.status.code(), text };
        assert_finds(
            &checked,
            2,
            &["PROBLEM  data", "Permission denied", "Give a folder that this user can write"],
        );
    }
    for file in fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()) {
        let rights = if file.is_dir() { 0o777 } else { 0o666 };
        fs::set_permissions(file, fs::Permissions::from_mode(rights)).unwrap();
    }
    let Some(mut command) = as_nobody() else { return };
    let output =
        command.args(["serve", "--check", "--listen", "127.0.0.1:0", "--data"]).arg(&data).output().unwrap();
    let checked = Checked { code: output.status.code(), text: String::from_utf8(output.stdout).unwrap() };
    assert_finds(&checked, 2, &["PROBLEM  data", "belongs to another user"]);
}

#[test]
fn a_store_of_an_earlier_format_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    copy_folder(&root().join("tests/compat/format2/store"), &data);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    assert_finds(&check(&data, &[]), 3, &["warning  store", "would be migrated to 3"]);
}

#[test]
fn little_space_and_open_folders_are_warnings() {
    let (_folder, data) = stored(false);
    assert_finds(
        &check(&data, &["--disk-reserve-mib", "1000000000"]),
        3,
        &["warning  space", "free some space"],
    );
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    assert_finds(&check(&data, &[]), 3, &["warning  data", "chmod 700"]);
}
