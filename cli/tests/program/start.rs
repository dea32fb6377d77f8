//! What the program says when it starts, and where it then listens.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use super::common::http::get;
use super::common::{Ended, Program, Signal, command, run, unread_pipe};

/// The golden file is written anew by `cargo run -p basehttp -- --help > cli/tests/help.txt`.
#[test]
fn help_is_the_golden_file() {
    let ended = run(["--help"]);
    assert_eq!(ended.stdout, include_str!("../help.txt"), "see the comment on this test");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn short_help_and_version() {
    let ended = run(["-h"]);
    assert!(ended.stdout.contains("Usage: basehttp [OPTIONS] [DIR] [PORT]\n"), "{ended:?}");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    for option in ["--version", "-V"] {
        let ended = run([option]);
        assert_eq!(ended.stdout, concat!("basehttp ", env!("CARGO_PKG_VERSION"), "\n"));
        assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    }
}

/// As with `basehttp --help | head -0`.
#[test]
fn help_into_a_closed_pipe_is_no_crash() {
    for option in ["--help", "--version"] {
        let (reader, writer) = unread_pipe();
        drop(reader);
        let ended = Program::spawn_with(&mut command([option]), writer, std::process::Stdio::piped()).finish();
        assert!(!ended.stderr.contains("panicked"), "{ended:?}");
    }
}

/// The lines of standard output, each of which has to be a URL.
fn urls(ended: &Ended) -> Vec<&str> {
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(ended.stdout.ends_with('\n') && lines.iter().all(|line| is_url(line)), "{ended:?}");
    lines
}

fn is_url(line: &str) -> bool {
    let authority = line.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    authority
        .is_some_and(|authority| authority.parse::<std::net::SocketAddr>().is_ok_and(|address| address.port() != 0))
}

#[test]
fn urls_and_nothing_else_are_on_standard_output() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "a").unwrap();
    let program = Program::serve(root.path());
    let address = program.address();
    for target in ["/a.txt", "/", "/none"] {
        get(address, target);
    }
    program.signal(Signal::TERM);
    let ended = program.finish();
    let urls = urls(&ended);
    assert_eq!(urls[0], format!("http://127.0.0.1:{}/", address.port()));
    // A machine without IPv6 has one loopback address; any other has both, on the same port.
    assert!(urls.len() == 1 || urls[1..] == [format!("http://[::1]:{}/", address.port())], "{urls:?}");
    let start =
        format!("Serving {}. This machine only; --bind 0.0.0.0 shares it. Ctrl-C to stop.\n", root.path().display());
    assert!(ended.stderr.starts_with(&start), "{ended:?}");
}

#[test]
fn every_url_answers() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "found").unwrap();
    let has_v6 = TcpListener::bind("[::1]:0").is_ok();
    let table: [(&[&str], usize); 4] = [
        (&[], if has_v6 { 2 } else { 1 }),
        (&["--bind", "127.0.0.1"], 1),
        (&["--bind", "127.0.0.1", "-b", "[::1]"], 2),
        (&["--bind=::1"], 1),
    ];
    for (options, count) in table {
        if !has_v6 && options.iter().any(|option| option.contains("::1")) {
            println!("skipped {options:?}: this machine has no IPv6");
            continue;
        }
        let program = Program::start([&[root.path().to_str().unwrap(), "0"], options].concat());
        let addresses = program.addresses();
        assert_eq!(addresses.len(), count, "{options:?}: {addresses:?}");
        for address in addresses {
            assert_eq!(get(address, "/a.txt").content, b"found", "{address}");
        }
    }
}

#[test]
fn directory_and_port_in_every_order() {
    let root = tempfile::tempdir().unwrap();
    // A directory whose name is a number is reached by a path that is none.
    for directory in ["site", "0"] {
        fs::create_dir(root.path().join(directory)).unwrap();
        fs::write(root.path().join(directory).join("where.txt"), directory).unwrap();
    }
    fs::write(root.path().join("where.txt"), "here").unwrap();
    let table: [(&[&str], &str); 8] = [
        (&["site", "0"], "site"),
        (&["0"], "here"),
        (&["--port", "0"], "here"),
        (&["-p0", "site"], "site"),
        (&["site", "--port=0"], "site"),
        (&["./0", "0"], "0"),
        (&["0", "0"], "0"),
        (&["-p", "0", "--", "./0"], "0"),
    ];
    for (args, expected) in table {
        let program = Program::spawn(command(args).current_dir(root.path()));
        let address = program.address();
        assert!(address.port() != 0 && address.ip().is_loopback(), "{args:?}: {address}");
        assert_eq!(get(address, "/where.txt").text(), expected, "{args:?}");
    }
}

#[test]
fn the_port_is_8000_unless_told() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("where.txt"), "here").unwrap();
    let mut program = Program::spawn(&mut command([root.path()]));
    // Somebody else may have the port, which is an end that names it.
    let line = program.wait_for_stderr("a line", |text| text.contains('\n').then(|| text.to_owned()));
    if line.starts_with("Serving ") && program.is_running() {
        assert_eq!(program.port(), 8000);
        assert_eq!(get(program.address(), "/where.txt").text(), "here");
    } else {
        assert!(line.contains(":8000: address in use; try --port 8001"), "{line:?}");
    }
}

#[test]
fn a_start_script_may_close_standard_output() {
    let root = tempfile::tempdir().unwrap();
    let (reader, writer) = unread_pipe();
    drop(reader);
    let args = [root.path().as_os_str(), "0".as_ref()];
    let program = Program::spawn_with(&mut command(args), writer, std::process::Stdio::piped());
    program.wait_for_words("Serving ");
    program.signal(Signal::TERM);
    let ended = program.finish();
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
fn a_path_is_listened_at_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    fs::write(folder.path().join("a.txt"), "here").unwrap();
    let place = format!("unix:{}", path.display());
    let program = Program::spawn(&mut command([folder.path().as_os_str(), "--bind".as_ref(), place.as_ref()]));
    assert_eq!(program.first_line(), place);
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    // Whoever forwards here forwards names that cannot be known.
    stream.write_all(b"GET /a.txt HTTP/1.1\r\nHost: files.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("here"), "{answer}");
}

/// Starts the program with a socket, by the convention of systemd.
fn start_with(directory: &std::path::Path, listener: impl Into<std::os::fd::OwnedFd>) -> Program {
    // The sockets are the descriptors from 3 on, of this very process.
    let script = "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" \"$@\" 3<&0 0</dev/null";
    let program = command([directory.as_os_str(), "--bind".as_ref(), "systemd".as_ref()]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", script]).arg(program.get_program()).args(program.get_args());
    Program::spawn(shell.stdin(listener.into()))
}

#[test]
fn sockets_that_were_passed_in_are_served() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "passed").unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let program = start_with(root.path(), listener);
    assert_eq!(program.address(), address);
    assert_eq!(get(address, "/a.txt").text(), "passed");
}

#[test]
fn a_unix_socket_that_was_passed_in_is_told() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let program = start_with(root.path(), listener);
    assert_eq!(program.first_line(), format!("unix:{}", path.display()));
    let said = program.wait_for_stderr("what it serves", |text| text.contains("Ctrl-C").then(|| text.to_owned()));
    assert!(!said.contains("This machine only"), "{said}");
    // It was somebody else's, and stays.
    program.signal(Signal::INT);
    program.finish();
    assert!(path.exists());
}

#[test]
fn sockets_that_were_not_passed_in_are_missed() {
    let ended = run([".", "--bind", "systemd"]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.stderr.starts_with("basehttp: no socket was passed in (LISTEN_FDS)"), "{ended:?}");
}

#[test]
fn so_many_threads_serve() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "a").unwrap();
    let program =
        Program::start([root.path().as_os_str(), "--port".as_ref(), "0".as_ref(), "--workers".as_ref(), "1".as_ref()]);
    // A connection that is idle holds none.
    let _idle: Vec<_> = (0..3).map(|_| std::net::TcpStream::connect(program.address()).unwrap()).collect();
    assert_eq!(get(program.address(), "/a.txt").text(), "a");
    for wrong in ["0", "-1", "many", "1025"] {
        let ended = run([".".to_owned(), format!("--workers={wrong}")]);
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(ended.stderr.contains(&format!("'{wrong}' is not a number from 1 to 1024; see --help")), "{ended:?}");
    }
}

#[test]
fn a_certificate_has_a_key() {
    let ended = run([".", "--tls-cert", "a.pem"]);
    assert_eq!(
        (ended.status.code(), ended.stderr.as_str()),
        (Some(2), "basehttp: --tls-key <FILE> is needed too; see --help\n")
    );
    let ended = run([".", "--tls-cert", "none.pem", "--tls-key", "none.pem"]);
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stderr, "basehttp: cannot use the certificate: none.pem: No such file or directory\n");
}
