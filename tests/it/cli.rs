//! The binary: exit codes, JSON, line mode and messages.

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use dhakira::score::Score;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{TestServer, binary};

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(binary())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Writing fails if the command ends without reading its input.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn path_in(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

/// Runs a command against a server, on a thread of its own so that it does not block the server.
async fn run_on_server(server: &TestServer, arguments: &[&str], input: &str) -> Output {
    let url = format!("http://{}", server.address);
    let mut all: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    all.extend(["--server".to_owned(), url]);
    let input = input.as_bytes().to_vec();
    tokio::task::spawn_blocking(move || run(&all.iter().map(String::as_str).collect::<Vec<_>>(), &input))
        .await
        .unwrap()
}

#[test]
fn segment_takes_the_whole_input_as_one_text() {
    let output = run(&["segment", "--json", "-"], "وصل الوفد.\nغادر الوزير. وعاد.\n".as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let segments: Vec<_> = lines(&output)
        .iter()
        .map(|v| (v["text"].as_str().unwrap().to_owned(), v["start"].as_u64(), v["end"].as_u64()))
        .collect();
    assert_eq!(
        segments,
        [
            ("وصل الوفد.".to_owned(), Some(0), Some(10)),
            ("غادر الوزير.".to_owned(), Some(11), Some(23)),
            ("وعاد.".to_owned(), Some(24), Some(29)),
        ]
    );
    assert_eq!(stdout(&run(&["segment", "نعم. لا."], b"")), "نعم.\nلا.\n");
    assert_eq!(run(&["segment", "-"], b" \n ").status.code(), Some(1));
    let bad = run(&["segment", "-"], b"a\n\xff");
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("line 2") && stderr(&bad).contains("NOT_UTF8"));
}

fn srx_rules(before: &str) -> String {
    format!(
        r#"<srx version="2.0"><header cascade="yes"/><body><languagerules><languagerule languagerulename="A">
            <rule break="yes"><beforebreak>{before}</beforebreak><afterbreak>\s</afterbreak></rule></languagerule>
            </languagerules><maprules><languagemap languagepattern="ar.*" languagerulename="A"/></maprules></body></srx>"#
    )
}

fn segment_by(srx: &str, more: &[&str], text: &str) -> Output {
    let arguments = [&["segment", "--srx", srx], more, &["-"]].concat();
    run(&arguments, text.as_bytes())
}

#[test]
fn segment_takes_rules_of_users_and_other_languages() {
    let folder = tempfile::tempdir().unwrap();
    let srx = path_in(&folder, "rules.srx");
    fs::write(&srx, srx_rules("؛")).unwrap();
    assert_eq!(stdout(&segment_by(&srx, &[], "نعم. لا؛ ربما")), "نعم. لا؛\nربما\n");
    let in_lines = segment_by(&srx, &["--lines", "--json"], "نعم؛ لا\n\nربما\n");
    let counts: Vec<_> = lines(&in_lines).iter().map(|v| v["segments"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [2, 0, 1]);
    let other = segment_by(&srx, &["--locale", "en"], "Yes.");
    assert_eq!(other.status.code(), Some(2));
    assert!(
        stderr(&other).contains("no rules for 'en'") && stderr(&other).contains("SRX_NO_RULES"),
        "{}",
        stderr(&other)
    );
    fs::write(&srx, srx_rules("(?=a)")).unwrap();
    let bad = segment_by(&srx, &[], "نعم.");
    assert_eq!(bad.status.code(), Some(2));
    let message = stderr(&bad);
    assert!(
        message.contains("rule 1 of 'A'") && message.contains("lookahead") && message.contains("rules.srx"),
        "{message}"
    );

    assert_eq!(
        stdout(&run(&["segment", "--locale", "en", "Dr. Low came. He sat."], b"")),
        "Dr. Low came.\nHe sat.\n"
    );
    let wrapped = run(&["segment", "--newlines", "soft", "-"], "وصل\nالوفد\n\nومضى".as_bytes());
    assert_eq!(stdout(&wrapped), "وصل الوفد\nومضى\n");
}

#[test]
fn lint_reports_each_finding_with_its_place() {
    let good = run(&["lint", "-"], "نعم.\nلا.\n".as_bytes());
    assert_eq!((good.status.code(), stdout(&good)), (Some(0), String::new()));
    let bad = run(&["lint", "-"], "نعم.\nلا, ربما\n".as_bytes());
    assert_eq!(bad.status.code(), Some(3));
    assert!(stdout(&bad).starts_with("2:3 LATIN_LOOKALIKE"), "{}", stdout(&bad));
    let found = lines(&run(&["lint", "--json", "-"], "نعم\nقال \u{202b}نعم\n".as_bytes()));
    assert_eq!(found[0]["findings"].as_array().unwrap().len(), 0);
    let finding = &found[1]["findings"][0];
    assert_eq!(finding["kind"], "BIDI_UNBALANCED");
    assert_eq!((finding["start"].as_u64(), finding["end"].as_u64()), (Some(4), Some(5)));
    assert_eq!((finding["surface"].as_str(), finding["suggestion"].as_str()), (Some("\u{202b}"), Some("")));
}

#[test]
fn fold_gives_one_line_for_each() {
    let output = run(&["fold", "-"], "أَحمد\n\n\u{64b}\r\nB".as_bytes());
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("احمد\n\n\nb\n", Some(0)));
    let output = run(&["fold", "--level", "same", "-"], "أَحـمد\n".as_bytes());
    assert_eq!(stdout(&output), "أَحمد\n");
    let bad = run(&["fold", "-"], b"a\n\xff\nb\n");
    assert_eq!(bad.status.code(), Some(3));
    assert_eq!(
        stdout(&bad).lines().collect::<Vec<_>>(),
        ["a", r#"{"error":{"field":"text","reason":"NOT_UTF8"}}"#, "b"]
    );
    assert_eq!(stdout(&run(&["fold", "أحمد", "هنا"], b"")), "احمد هنا\n");
}

#[test]
fn score_explains_each_line() {
    let input = "اشترى 7 كتب\tاشترى 5 كتب\tHe bought 5 books\nلا يجوز\tيجوز\nواحد\n\tنعم\n";
    let output = run(&["score", "--json", "-"], input.as_bytes());
    let got = lines(&output);
    assert_eq!(got.len(), 4);
    assert_eq!(got[0]["flags"], serde_json::json!(["NUMBER_DIFFERS"]));
    assert_eq!(got[0]["repair"]["target"], "He bought 7 books");
    assert_eq!(
        (&got[1]["kind"], &got[1]["flags"][0]),
        (&Value::from("FUZZY"), &Value::from("NEGATION_DIFFERS"))
    );
    for field in ["similarity", "score", "penalties", "folds_used", "diff", "repair", "repair_refused"] {
        assert!(got[1].get(field).is_some(), "{field}");
    }
    assert_eq!(got[2]["error"]["reason"], "CELL_MISSING");
    assert_eq!(got[3]["error"]["field"], "asked.text");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn wrong_arguments_are_errors_and_help_is_not() {
    for (arguments, code) in [
        (&["nonsense"][..], 2),
        (&["fold"], 2),
        (&["fold", "--level", "x", "y"], 2),
        (&["fold", "-f", "/does/not/exist"], 2),
        (&["--help"], 0),
        (&["lookup", "--help"], 0),
        (&["--version"], 0),
    ] {
        assert_eq!(run(arguments, b"").status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let output = run(&["memory", "list", "--server", "http://127.0.0.1:1"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("http://127.0.0.1:1") && stderr(&output).contains("dhakira serve"),
        "{}",
        stderr(&output)
    );
    let output = run(&["memory", "list", "--server", "nowhere at all"], b"");
    assert!(stderr(&output).contains("http://HOST:PORT"), "{}", stderr(&output));
}

#[test]
fn a_broken_pipe_is_success() {
    let mut child = Command::new(binary())
        .args(["fold", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    let line = "نعم\n".repeat(100_000);
    // This may fail, because the command ends when it cannot write its first full buffer.
    drop(input.write_all(line.as_bytes()));
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_speak_json_with_every_field() {
    let server = TestServer::start_with(|s| s.sample = true).await;
    let text = "وتجرى المفاوضات في إطار مبادرة دولية لإعادة الهدوء إلى المدينة.";
    let found =
        run_on_server(&server, &["lookup", "--memory", "sample", "--glossary", "sample", "--json", text], "")
            .await;
    assert_eq!(found.status.code(), Some(0), "{}", stderr(&found));
    let answer = &lines(&found)[0];
    assert_eq!(answer["text"], text);
    assert_eq!(answer["truncated"], false);
    let best = &answer["matches"][0];
    for field in [
        "source",
        "target",
        "similarity",
        "score",
        "kind",
        "flags",
        "penalties",
        "folds_used",
        "diff",
        "repair",
        "duplicates",
        "id",
        "memory",
    ] {
        assert!(best.get(field).is_some(), "{field}");
    }
    assert_eq!(best["kind"], "FUZZY");
    // A local initiative is stored, an international one is looked up.
    assert_eq!(best["score"], 84.0, "{best}");
    assert_eq!(best["flags"], serde_json::json!(["OPPOSITE_DIFFERS"]));
    let difference = &best["differences"][0];
    assert_eq!((&difference["stored"], &difference["asked"]), (&Value::from("محلية"), &Value::from("دولية")));
    assert_eq!((&difference["asked_start"], &difference["asked_end"]), (&Value::from(31), &Value::from(36)));
    let term = &answer["terms"][0];
    for field in [
        "source",
        "start",
        "end",
        "core_start",
        "core_end",
        "surface",
        "targets",
        "kind",
        "glossary",
        "concept_id",
    ] {
        assert!(term.get(field).is_some(), "{field}");
    }

    let nothing = run_on_server(&server, &["lookup", "--memory", "sample", "--json", "xyz"], "").await;
    assert_eq!(nothing.status.code(), Some(1));
    assert_eq!(lines(&nothing)[0]["matches"], Value::Array(vec![]));
    let unknown = run_on_server(&server, &["lookup", "--memory", "nope", "--json", "xyz"], "").await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("UNKNOWN_MEMORY"));
    assert_eq!(stdout(&unknown), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_mode_answers_each_line_in_order() {
    let server = TestServer::start_with(|s| s.sample = true).await;
    let input = "انفجار سيارة مفخخة في العاصمة\n\nxyz\nانفجار سيارة ملغومة في العاصمة";
    let output = run_on_server(&server, &["lookup", "--memory", "sample", "--json", "-"], input).await;
    assert_eq!(output.status.code(), Some(3), "a blank line is a bad one");
    let answers = lines(&output);
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0]["matches"][0]["kind"], "EXACT");
    assert_eq!(
        (&answers[1]["error"]["field"], &answers[1]["error"]["reason"]),
        (&Value::from("text"), &Value::from("TEXT_EMPTY"))
    );
    assert_eq!(answers[2]["matches"], Value::Array(vec![]));
    assert_eq!(answers[3]["matches"][0]["kind"], "FUZZY");

    let plain = run_on_server(
        &server,
        &["lookup", "--memory", "sample", "-"],
        "انفجار سيارة مفخخة في العاصمة\nxyz\n",
    )
    .await;
    let rows: Vec<String> = stdout(&plain).lines().map(str::to_owned).collect();
    assert_eq!(rows, ["100.0\tEXACT\tانفجار سيارة مفخخة في العاصمة\tCar bomb explodes in the capital", ""]);

    let wrong = run_on_server(&server, &["lookup", "--memory", "nope", "-"], "نعم\nلا\n").await;
    assert_eq!((wrong.status.code(), stdout(&wrong).as_str()), (Some(2), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_scores_differences_and_isolated_text() {
    let server = TestServer::start_with(|s| s.sample = true).await;
    let output = run_on_server(
        &server,
        &["lookup", "--memory", "sample", "--glossary", "sample", "انفجار سيارة ملغومة في العاصمة"],
        "",
    )
    .await;
    let text = stdout(&output);
    assert!(text.contains("fuzzy"), "{text}");
    assert!(text.contains("\u{2067}انفجار سيارة م[-فخخ-]{+لغوم+}ة في العاصمة\u{2069}"), "{text}");
    assert!(text.contains("\u{2066}Car bomb explodes in the capital\u{2069}"), "{text}");
}

/// A table of SDLXLIFF: a draft, a machine translation, one without a level, a confirmed and a rejected one.
const TRADOS_FILE: &str = "<xliff version='1.2' xmlns:sdl='http://sdl.com/FileTypes/SdlXliff/1.0'><file original='a' source-language='ar' target-language='en'><body><trans-unit id='u'><source>x</source><seg-source><mrk mtype='seg' mid='1'>وصل القطار</mrk><mrk mtype='seg' mid='2'>غادرت السفينة</mrk><mrk mtype='seg' mid='3'>نزل المطر</mrk><mrk mtype='seg' mid='4'>طلعت الشمس</mrk></seg-source><target><mrk mtype='seg' mid='1'>the train arrived</mrk><mrk mtype='seg' mid='2'>the ship left</mrk><mrk mtype='seg' mid='3'>it rained</mrk><mrk mtype='seg' mid='4'>the moon rose</mrk></target><sdl:seg-defs><sdl:seg id='1' conf='Draft'/><sdl:seg id='2' conf='Draft' origin='mt'/><sdl:seg id='3' conf='Translated'/><sdl:seg id='4' conf='RejectedTranslation'/></sdl:seg-defs></trans-unit></body></file></xliff>";

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_translation_is_never_worth_100() {
    let server = TestServer::start_with(|s| s.penalties.unreviewed = Score::from_whole(8)).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, confirmed) = (path_in(&folder, "a.sdlxliff"), path_in(&folder, "b.sdlxliff"));
    fs::write(&file, TRADOS_FILE).unwrap();
    fs::write(&confirmed, TRADOS_FILE.replace("conf='Draft'", "conf='ApprovedSignOff'")).unwrap();
    let import = async |file: &str| {
        run_on_server(&server, &["import", "--memory", "m", "--create", "--json", file], "").await
    };
    let scores = async || {
        let texts = ["وصل القطار", "غادرت السفينة", "نزل المطر", "طلعت الشمس"];
        let mut scores = Vec::new();
        for text in texts {
            let found = run_on_server(&server, &["lookup", "--memory", "m", "--json", text], "").await;
            scores.push(lines(&found)[0]["matches"][0]["score"].as_f64());
        }
        scores
    };
    let report = import(&file).await;
    assert_eq!(report.status.code(), Some(3), "one translation was refused");
    let report = &lines(&report)[0];
    assert_eq!((&report["read"], &report["split"]), (&Value::from(1), &Value::from(3)));
    assert_eq!((&report["stored"], &report["refused"]), (&Value::from(3), &Value::from(1)));
    assert_eq!(report["problems"][0]["reason"], "REJECTED");
    // The draft has the points of the configuration, and machine translation those of its own.
    assert_eq!(scores().await, [Some(92.0), Some(90.0), Some(100.0), None]);
    import(&confirmed).await;
    assert_eq!(scores().await, [Some(100.0), Some(100.0), Some(100.0), None]);
    import(&file).await;
    assert_eq!(scores().await[0], Some(100.0), "a draft does not take the confirmation back");
    let explained = run(&["score", "--json", "--unreviewed", "-"], "نعم\tنعم\n".as_bytes());
    assert_eq!(lines(&explained)[0]["score"], 95.0);
    assert_eq!(lines(&explained)[0]["penalties"][0]["reason"], "UNREVIEWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn remarks_are_no_failure_and_messages_are_plain() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (remark, kept, bad) =
        (path_in(&folder, "a.tmx"), path_in(&folder, "b.xlf"), path_in(&folder, "c.tmx"));
    let unit = "<tu tuid='ID' changedate='DATE'><tuv xml:lang='ar'><seg>TEXT</seg></tuv><tuv xml:lang='en'><seg>yes</seg></tuv></tu>";
    let tmx = |date: &str, text: &str| {
        let unit = unit.replace("DATE", date).replace("TEXT", text).replace("ID", &"ن".repeat(120));
        format!("<tmx version='1.4'><body>{unit}</body></tmx>")
    };
    fs::write(&remark, tmx("yesterday", "نعم")).unwrap();
    fs::write(&kept, "<xliff version='1.2'><file source-language='ar' target-language='en' original='b'><body><trans-unit id='1' translate='no'><source>ذاكرة</source><target>Dhakira</target></trans-unit><trans-unit id='2'><source>لا</source><target>no</target></trans-unit></body></file></xliff>").unwrap();
    fs::write(&bad, tmx("", "ـ")).unwrap();
    let import =
        async |file: &str| run_on_server(&server, &["import", "--memory", "m", "--create", file], "").await;
    let output = import(&remark).await;
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains(&format!("unit {}…: remark:", "ن".repeat(100))), "{}", stdout(&output));
    let output = import(&kept).await;
    assert_eq!((output.status.code(), stdout(&output).contains("1 units read: 1 stored")), (Some(0), true));
    let output = import(&bad).await;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("refused: source segment text: ") && !text.contains("segment.text"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_imported_with_a_report() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(path_in(&folder, "a.tsv"), "نعم\tyes\nلا\tno\n").unwrap();
    fs::write(path_in(&folder, "b.tsv"), "نعم\tyes\nوحده\n").unwrap();
    fs::write(path_in(&folder, "c.tmx"), "<tmx><body>").unwrap();
    let good = run_on_server(
        &server,
        &["import", "--memory", "m", "--create", &path_in(&folder, "a.tsv"), "--json"],
        "",
    )
    .await;
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert_eq!((&lines(&good)[0]["read"], &lines(&good)[0]["stored"]), (&Value::from(2), &Value::from(2)));
    let dirty = run_on_server(&server, &["import", "--memory", "m", &path_in(&folder, "b.tsv")], "").await;
    assert_eq!(dirty.status.code(), Some(3));
    assert!(
        stdout(&dirty).contains("2 units read: 0 stored, 0 updated, 1 unchanged, 1 refused"),
        "{}",
        stdout(&dirty)
    );
    assert!(stdout(&dirty).contains("line 2") && stdout(&dirty).contains("NO_TARGET"), "{}", stdout(&dirty));
    for (file, word) in [("c.tmx", "NOT_WELL_FORMED"), ("none.tmx", "No such file"), ("", "folder")] {
        let bad = run_on_server(&server, &["import", "--memory", "m", &path_in(&folder, file)], "").await;
        assert_eq!(bad.status.code(), Some(2), "{file}");
        assert!(stderr(&bad).contains(word), "{file}: {}", stderr(&bad));
    }
    let absent =
        run_on_server(&server, &["import", "--memory", "nope", &path_in(&folder, "a.tsv")], "").await;
    assert_eq!(absent.status.code(), Some(2));

    fs::write(path_in(&folder, "g.csv"), "source,target,source_variants\nكتيبة,battalion,كتائب\n").unwrap();
    let glossary = run_on_server(
        &server,
        &["glossary", "import", "--glossary", "g", "--create", &path_in(&folder, "g.csv")],
        "",
    )
    .await;
    assert_eq!(glossary.status.code(), Some(0), "{}", stderr(&glossary));
    let terms = run_on_server(
        &server,
        &["glossary", "recognize", "--glossary", "g", "--json", "-"],
        "للكتائب\nشيء\n",
    )
    .await;
    assert_eq!(terms.status.code(), Some(0));
    assert_eq!(lines(&terms)[0]["terms"][0]["source"], "كتائب");
    assert_eq!(lines(&terms)[1]["terms"], Value::Array(vec![]));
    let list = run_on_server(&server, &["glossary", "list", "--json"], "").await;
    assert_eq!(lines(&list)[0]["concept_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn memories_are_managed() {
    let server = TestServer::start().await;
    assert_eq!(run_on_server(&server, &["memory", "list"], "").await.status.code(), Some(1));
    assert_eq!(run_on_server(&server, &["memory", "create", "m"], "").await.status.code(), Some(0));
    assert_eq!(run_on_server(&server, &["memory", "create", "m"], "").await.status.code(), Some(2));
    assert_eq!(run_on_server(&server, &["memory", "clone", "m", "n"], "").await.status.code(), Some(0));
    let list = run_on_server(&server, &["memory", "list", "--json"], "").await;
    let names: Vec<_> = lines(&list).iter().map(|m| m["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["m", "n"]);
    assert_eq!(
        lines(&run_on_server(&server, &["memory", "stats", "m", "--json"], "").await)[0]["unit_count"],
        0
    );
    assert_eq!(run_on_server(&server, &["memory", "delete", "m"], "").await.status.code(), Some(0));
    assert_eq!(run_on_server(&server, &["memory", "stats", "m"], "").await.status.code(), Some(2));
}

fn serve(data: &str) -> Output {
    run(&["serve", "--listen", "127.0.0.1:0", "--log", "off", "--data", data], b"")
}

#[test]
fn a_second_server_on_one_folder_and_a_bad_folder_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let _owner = crate::support::engine_at(folder.path());
    let second = serve(folder.path().to_str().unwrap());
    assert_eq!(second.status.code(), Some(2));
    assert!(stderr(&second).contains("another process owns the store"), "{}", stderr(&second));
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let bad = serve(file.to_str().unwrap());
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("Give a folder"), "{}", stderr(&bad));
}

#[tokio::test(flavor = "multi_thread")]
async fn glossaries_go_out_are_marked_and_checked_by() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        path_in(&folder, "g.csv"),
        "source,target,target_variants\nكتيبة,battalion,brigade^deprecated\nحصار,siege,\n",
    )
    .unwrap();
    let made = run_on_server(
        &server,
        &["glossary", "import", "--glossary", "g", "--create", &path_in(&folder, "g.csv")],
        "",
    )
    .await;
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));

    let written = run_on_server(
        &server,
        &["glossary", "export", "--glossary", "g", "-o", &path_in(&folder, "out.tbx")],
        "",
    )
    .await;
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    assert!(stderr(&written).contains("2 concepts written"), "{}", stderr(&written));
    let again =
        run_on_server(&server, &["glossary", "import", "--glossary", "g", &path_in(&folder, "out.tbx")], "")
            .await;
    assert!(
        stdout(&again).contains("2 concepts read: 0 stored, 0 updated, 2 unchanged"),
        "{}",
        stdout(&again)
    );
    let table =
        run_on_server(&server, &["glossary", "export", "--glossary", "g", "--format", "csv"], "").await;
    assert!(stdout(&table).contains("كتيبة,,battalion,brigade^deprecated"), "{}", stdout(&table));
    let absent = run_on_server(
        &server,
        &["glossary", "export", "--glossary", "h", "-o", &path_in(&folder, "none.tbx")],
        "",
    )
    .await;
    assert_eq!((absent.status.code(), folder.path().join("none.tbx").exists()), (Some(2), false));

    let marked = run_on_server(
        &server,
        &["glossary", "recognize", "--glossary", "g", "--mark", "-"],
        "فك الحصار.\n\n",
    )
    .await;
    assert_eq!(stdout(&marked), "فك [الحصار = \u{2066}siege\u{2069}].\n\n");

    let pairs = "الكتيبة\tthe battalions\nالكتيبة\ta brigade\nحصار\tnothing\nحصار\t\n";
    let check = run_on_server(&server, &["glossary", "check", "--glossary", "g", "-"], pairs).await;
    assert_eq!(check.status.code(), Some(3));
    assert!(
        stderr(&check).contains("pairs: 3; terms kept: 1, missing: 1, not to be used: 1"),
        "{}",
        stderr(&check)
    );
    assert!(stderr(&check).contains("without a translation: 1"), "{}", stderr(&check));
    let faults = stdout(&check);
    assert!(
        faults.contains("-:2: #2: \u{2068}الكتيبة\u{2069} must not be 'brigade': 'battalion'"),
        "{faults}"
    );
    assert!(faults.contains("-:3: #3: \u{2068}حصار\u{2069} is missing: 'siege'"), "{faults}");
    fs::write(path_in(&folder, "good.tmx"), "<tmx version='1.4'><header/><body><tu tuid='a'><tuv xml:lang='ar'><seg>حصار</seg></tuv><tuv xml:lang='en'><seg>sieges</seg></tuv></tu></body></tmx>").unwrap();
    let good = run_on_server(
        &server,
        &["glossary", "check", "--glossary", "g", "--json", &path_in(&folder, "good.tmx")],
        "",
    )
    .await;
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    let answer = &lines(&good)[0];
    assert_eq!((&answer["unit"], &answer["terms"][0]["verdict"]), (&Value::from("a"), &Value::from("KEPT")));
    let unknown =
        run_on_server(&server, &["glossary", "check", "--glossary", "h", &path_in(&folder, "good.tmx")], "")
            .await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("UNKNOWN_GLOSSARY"));
}
