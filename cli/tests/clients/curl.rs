//! curl: names, a download that is resumed, conditions, uploads.

use std::fs::{self, File};
use std::path::Path;

use super::common::Ended;
use super::common::tree::{LARGE, LARGE_CONTENT, content_of, odd_names, target, write_old};
use super::{UPLOAD, find, run, start};

/// Runs curl without the user's configuration and without a proxy, in a directory of its own. It has to succeed.
fn curl(directory: &Path, args: &[String]) -> Option<Ended> {
    let curl = find(&["curl"])?;
    let own = ["-q", "--noproxy", "*", "--silent", "--show-error", "--globoff", "--path-as-is", "--output-dir"];
    let own = own.map(str::to_owned).into_iter().chain([directory.to_str().unwrap().to_owned()]);
    Some(run(&curl, own.chain(args.iter().cloned())))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn names() {
    let (_root, program) = start();
    let own = tempfile::tempdir().unwrap();
    let names = odd_names();
    let mut args = words(&["--fail", "--write-out", "%{num_connects}\n"]);
    for (index, name) in names.iter().enumerate() {
        args.extend(["-o".to_owned(), index.to_string(), format!("http://{}{}", program.address(), target(name))]);
    }
    let Some(ended) = curl(own.path(), &args) else { return };
    for (index, name) in names.iter().enumerate() {
        let content = fs::read(own.path().join(index.to_string())).unwrap();
        assert_eq!(content, content_of(name), "{}", name.escape_ascii());
    }
    // All of them on one connection.
    let connects: Vec<_> = ended.stdout.lines().collect();
    assert_eq!((connects.len(), connects[0]), (names.len(), "1"));
    assert!(connects[1..].iter().all(|count| *count == "0"), "{connects:?}");
}

#[test]
fn a_download_and_its_resumption() {
    let (_root, program) = start();
    let own = tempfile::tempdir().unwrap();
    let url = format!("http://{}/large.bin", program.address());
    if curl(own.path(), &words(&["--fail", "-o", "whole", &url])).is_none() {
        return;
    }
    assert!(fs::read(own.path().join("whole")).unwrap() == *LARGE_CONTENT);
    fs::write(own.path().join("part"), &LARGE_CONTENT[..12_345_678]).unwrap();
    let args =
        words(&["--fail", "--continue-at", "-", "-o", "part", "--write-out", "%{http_code} %{size_download}", &url]);
    let ended = curl(own.path(), &args).unwrap();
    assert_eq!(ended.stdout, format!("206 {}", LARGE - 12_345_678));
    assert!(fs::read(own.path().join("part")).unwrap() == *LARGE_CONTENT);
}

#[test]
fn statuses() {
    let (root, program) = start();
    write_old(&root.path().join("old.txt"), "0123456789");
    let own = tempfile::tempdir().unwrap();
    File::create(own.path().join("upload")).unwrap().set_len(UPLOAD as u64).unwrap();
    let upload = own.path().join("upload").to_str().unwrap().to_owned();
    let data = format!("@{upload}");
    let table: [(&[&str], &str, &str, &str); 13] = [
        (&[], "/old.txt", "200 10", "0123456789"),
        (&["--http1.0"], "/old.txt", "200 10", "0123456789"),
        (&["--range", "2-4"], "/old.txt", "206 3", "234"),
        (&["--range", "-2"], "/old.txt", "206 2", "89"),
        (&["--compressed"], "/old.txt", "200 10", "0123456789"),
        (&["--time-cond", "1 Jan 2024 00:00:00 GMT"], "/old.txt", "304 0", ""),
        (&["--time-cond", "1 Jan 2000 00:00:00 GMT"], "/old.txt", "200 10", "0123456789"),
        (&["--location"], "/dir%20with%20space", "200 ", "in side.txt"),
        (&["--max-time", "10", "--head"], "/old.txt", "200 0", "Content-Length: 10"),
        (&["--request", "DELETE"], "/old.txt", "405 ", "405"),
        (&["--data", "a=b"], "/old.txt", "405 ", "405"),
        (&["--data-binary", &data], "/old.txt", "413 ", "413"),
        (&["--upload-file", &upload, "--header", "Expect:"], "/old.txt", "413 ", "413"),
    ];
    for (options, target, expected, content) in table {
        let url = format!("http://{}{target}", program.address());
        let mut args = words(&["-o", "content", "--write-out", "%{http_code} %{size_download}", &url]);
        args.extend(words(options));
        fs::write(own.path().join("content"), "").unwrap();
        let Some(ended) = curl(own.path(), &args) else { return };
        assert!(ended.stdout.starts_with(expected), "{options:?}: {ended:?}");
        let got = fs::read_to_string(own.path().join("content")).unwrap();
        assert!(got.contains(content) && (!content.is_empty() || got.is_empty()), "{options:?}: {got}");
    }
    assert_eq!(fs::read(root.path().join("old.txt")).unwrap(), b"0123456789");
}
