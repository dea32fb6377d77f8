//! What keeps the program from serving is told in one line, and by the exit status: 2 for a command line that makes no
//! sense, 1 for one that does, but not here and now.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::common::{Program, command};

/// Runs the program in a directory; it has to end with this status and this line alone.
fn assert_ends(directory: &Path, args: &[&str], code: i32, line: &str) {
    let ended = Program::spawn(command(args).current_dir(directory)).finish();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", format!("{line}\n").as_str()), "{args:?}");
    assert_eq!(ended.status.code(), Some(code), "{args:?}");
}

fn here() -> tempfile::TempDir {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir_all(here.path().join("photos/2024")).unwrap();
    fs::write(here.path().join("notes.txt"), "a").unwrap();
    here
}

#[test]
fn usage() {
    let here = here();
    let table: [(&[&str], &str); 27] = [
        (&["photos", "65536"], "'65536' is not a port (0-65535)"),
        (&["photos", "http"], "'http' is not a port (0-65535)"),
        (&["photos", ""], "'' is not a port (0-65535)"),
        (&["--port", "x"], "'x' is not a port (0-65535)"),
        (&["--port=-1"], "'-1' is not a port (0-65535)"),
        (&["99999"], "'99999' is not a port (0-65535)"),
        (&["photos", "1", "--port", "2"], "the port is given twice; leave one away"),
        (&["1", "--port", "2"], "the port is given twice; leave one away"),
        (&["--port", "1", "--port", "2"], "--port <PORT> is given twice; see --help"),
        (&["photos", "1", "more"], "'more' is one argument too many; see --help"),
        (&["--bogus"], "unknown option '--bogus'; see --help"),
        (&["--bin", "127.0.0.1"], "unknown option '--bin'; did you mean '--bind'? see --help"),
        (
            &["--directory", "photos"],
            "unknown option '--directory'; did you mean 'the directory as first argument'? see --help",
        ),
        (&["-d", "photos"], "unknown option '-d'; did you mean 'the directory as first argument'? see --help"),
        (&["--cgi"], "unknown option '--cgi'; see --help"),
        (&["--host", "::1"], "unknown option '--host'; did you mean '--bind ADDRESS'? see --help"),
        (&["--quiet"], "unknown option '--quiet'; did you mean '--log none'? see --help"),
        (&["--log", "json"], "--log <FORM>: 'json' is none of python, combined, none; see --help"),
        (&["--bind"], "--bind <ADDRESS> needs a value; see --help"),
        (
            &["--bind", "localhost"],
            "--bind 'localhost': not an IP address; 127.0.0.1 is this machine, 0.0.0.0 every network",
        ),
        (&["--bind", "unix:"], "--bind 'unix:': a path comes after unix:"),
        (&["--bind", "239.1.2.3"], "--bind '239.1.2.3': a group of machines cannot be connected to"),
        (
            &["--bind", "fe80::1"],
            "--bind 'fe80::1': a link-local address needs a zone, which no URL can have; take another address of this machine",
        ),
        (
            &["--bind", "127.0.0.1:80"],
            "--bind '127.0.0.1:80': not an IP address; 127.0.0.1 is this machine, 0.0.0.0 every network",
        ),
        (
            &["--allow-host", "http://a.example/"],
            "--allow-host 'http://a.example/': not a host name; give it as it stands in the URL, or '*'",
        ),
        (&["--allow-host", ""], "--allow-host '': not a host name; give it as it stands in the URL, or '*'"),
        (&["--allow-host"], "--allow-host <NAME> needs a value; see --help"),
    ];
    for (args, line) in table {
        assert_ends(here.path(), args, 2, &format!("basehttp: {line}"));
    }
}

#[test]
fn directories() {
    let here = here();
    let table = [
        ("missing", "cannot serve 'missing': no such directory"),
        ("photo", "cannot serve 'photo': no such directory; did you mean 'photos'?"),
        ("photos/2023", "cannot serve 'photos/2023': no such directory; did you mean 'photos/2024'?"),
        ("missing/2024", "cannot serve 'missing/2024': no such directory"),
        ("notes.tx", "cannot serve 'notes.tx': no such directory"),
        ("notes.txt", "cannot serve 'notes.txt': not a directory; name the directory that holds it"),
        ("notes.txt/", "cannot serve 'notes.txt/': not a directory; name the directory that holds it"),
    ];
    for (directory, line) in table {
        assert_ends(here.path(), &[directory, "0"], 1, &format!("basehttp: {line}"));
    }
}

#[test]
fn an_unreadable_directory() {
    if rustix::process::geteuid().is_root() {
        println!("skipped: the superuser may read any directory");
        return;
    }
    let here = here();
    let set_mode = |mode| fs::set_permissions(here.path().join("photos"), fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o000);
    let ended = Program::spawn(command(["photos", "0"]).current_dir(here.path())).finish();
    // Or it could not be cleared away.
    set_mode(0o700);
    assert_eq!(ended.stderr, "basehttp: cannot serve 'photos': permission denied\n");
    assert_eq!((ended.stdout.as_str(), ended.status.code()), ("", Some(1)));
}

#[test]
fn a_busy_port() {
    let here = here();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port();
    let next = port.checked_add(1).unwrap_or(8000);
    let line = |address: &str| {
        format!("basehttp: cannot listen on {address}:{port}: address in use; try --port {next} or --port 0")
    };
    assert_ends(here.path(), &["photos", &port.to_string()], 1, &line("127.0.0.1"));
    assert_ends(here.path(), &["--bind", "127.0.0.1", "--port", &port.to_string()], 1, &line("127.0.0.1"));

    // A browser that is given `localhost` may try IPv6 first, and would find somebody else there.
    let Ok(busy) = TcpListener::bind("[::1]:0") else {
        println!("skipped for [::1]: this machine has no IPv6");
        return;
    };
    let port = busy.local_addr().unwrap().port();
    let next = port.checked_add(1).unwrap_or(8000);
    let line = format!("basehttp: cannot listen on [::1]:{port}: address in use; try --port {next} or --port 0");
    if TcpListener::bind(("127.0.0.1", port)).is_ok() {
        assert_ends(here.path(), &["photos", &port.to_string()], 1, &line);
    }
}

#[test]
fn an_address_of_another_machine() {
    // An address for documentation (RFC 5737), which no machine has.
    let line = "basehttp: cannot listen on 192.0.2.1:0: not an address of this machine; \
                try --bind 127.0.0.1, or --bind 0.0.0.0 for all of them";
    assert_ends(here().path(), &["--bind", "192.0.2.1", "--port", "0"], 1, line);
}

#[test]
fn the_directory_is_looked_at_before_the_port() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    assert_ends(here().path(), &["missing", &port], 1, "basehttp: cannot serve 'missing': no such directory");
    assert_ends(here().path(), &["missing", "x"], 2, "basehttp: 'x' is not a port (0-65535)");
}

/// Whatever is in an argument or a name, the error stays on its line and does nothing to the terminal.
#[test]
fn an_error_is_one_line_of_text() {
    let here = here();
    fs::create_dir(here.path().join("photos\nof \u{1b}[31mme")).unwrap();
    let tables: [&[&str]; 8] = [
        &["a\nb"],
        &["photos\nof me"],
        &["photos", "1\n2"],
        &["--a\nb"],
        &["--log", "a\nb"],
        &["--bind", "a\nb"],
        &["--allow-host", "a\nb"],
        &["\u{1b}[31mred"],
    ];
    for args in tables {
        let ended = Program::spawn(command(args).current_dir(here.path())).finish();
        let lines = ended.stderr.lines().count();
        assert!(lines == 1 && ended.stderr.ends_with('\n'), "{args:?}: {ended:?}");
        assert!(ended.stderr.starts_with("basehttp: "), "{args:?}: {ended:?}");
        assert!(!ended.stderr.trim_end().contains(|c: char| c.is_control()), "{args:?}: {ended:?}");
        assert!(matches!(ended.status.code(), Some(1 | 2)), "{args:?}: {ended:?}");
    }
}
