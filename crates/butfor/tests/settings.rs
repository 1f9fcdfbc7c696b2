//! `butfor config` and `butfor iam-policy` as a person meets them.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Exit code, standard output, standard error, of a command run in an empty home.
fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_butfor"));
    command.args(arguments).current_dir(folder).env("HOME", folder).env_remove("BUTFOR_CONFIG");
    command.envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_example_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let (code, example, _) = run(folder.path(), &[], &["config", "--example"]);
    assert_eq!(code, 0);
    fs::write(folder.path().join("butfor.toml"), example).unwrap();
    let (code, out, error) = run(folder.path(), &[], &["config", "--check"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(out, "butfor.toml: sound; accounts: 0, applications: 0\n");
}

#[test]
fn the_file_is_looked_for_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let check = |variables: &[(&str, &str)], arguments: &[&str]| run(folder.path(), variables, arguments);
    assert_eq!(check(&[], &["config", "--check"]).1, "no configuration file: the defaults hold\n");
    fs::create_dir_all(folder.path().join(".config/butfor")).unwrap();
    let said = |(code, out, error): (i32, String, String)| {
        assert_eq!(code, 0, "{error}");
        out.split(": sound").next().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    fs::write(folder.path().join(".config/butfor/butfor.toml"), "").unwrap();
    assert!(check(&[], &["config", "--check"]).1.contains("/.config/butfor/butfor.toml: sound"));
    fs::write(folder.path().join("butfor.toml"), "").unwrap();
    assert!(check(&[], &["config", "--check"]).1.starts_with("butfor.toml: sound"));
    fs::write(folder.path().join("other.toml"), "").unwrap();
    assert_eq!(said(check(&[("BUTFOR_CONFIG", "other.toml")], &["config", "--check"])), "other.toml");
    let named = check(&[("BUTFOR_CONFIG", "other.toml")], &["config", "--check", "butfor.toml"]);
    assert_eq!(said(named), "butfor.toml");
}

#[test]
fn errors_are_all_told_and_the_exit_code_says_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("butfor.toml"), "regionz = []\n\n[budgets]\ncalls = 0\n").unwrap();
    for arguments in [&["config", "--check"][..], &["iam-policy"]] {
        let (code, out, error) = run(folder.path(), &[], arguments);
        assert_eq!((code, out.as_str()), (2, ""));
        assert_eq!(
            error,
            "error: butfor.toml:1: regionz: no such option; did you mean `regions`?\n       butfor.toml:4: budgets.calls: found the \
             number 0; expected whole number, 1 to 100000, such as 200\n"
        );
    }
    for (arguments, expected) in [
        (&["config", "--check", "gone.toml"][..], "`gone.toml` cannot be read"),
        (&["config"], "required"),
        (&["config", "--check", "--example"], "cannot be used with"),
        (&["iam-policy", "--config", "gone.toml"], "`gone.toml` cannot be read"),
    ] {
        let (code, _, error) = run(folder.path(), &[], arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn the_policy_follows_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, error) = run(folder.path(), &[], &["iam-policy"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(out.contains("arn:aws:s3:::*/AWSLogs/*") && out.contains("\"trust_policy\": null"), "{out}");
    let config = "[trail]\nbucket = \"org-trail\"\nprefix = \"audit\"\n[[flow_logs]]\nbucket = \"flows\"\n\
                  [[accounts]]\nid = \"111122223333\"\nsession_tags = { a = \"b\" }\n";
    fs::write(folder.path().join("butfor.toml"), config).unwrap();
    let principal = "arn:aws:iam::111122223333:role/butfor";
    for format in ["json", "cloudformation", "terraform"] {
        let (code, out, _) = run(
            folder.path(),
            &[],
            &["iam-policy", "--format", format, "--principal", principal, "--external-id", "x-1"],
        );
        assert_eq!(code, 0);
        for part in ["org-trail/audit/AWSLogs/*", "flows/AWSLogs/*", "sts:TagSession", principal, "x-1"] {
            assert!(out.contains(part), "{format}: {part}");
        }
    }
    let (code, _, error) = run(folder.path(), &[], &["iam-policy", "--principal", "me"]);
    assert_eq!(code, 2);
    assert!(error.contains("`me` cannot be trusted"), "{error}");
}
