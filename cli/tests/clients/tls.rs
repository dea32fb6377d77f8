//! HTTPS: curl, Python and a browser, certificates that are not right, and one that changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::common::{Ended, Program, poll};
use super::find;

/// An authority, and what it has signed, in files.
struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "an authority for tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        fs::write(folder.path().join("authority.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a certificate for a name, good until the end of this year, and its key.
    fn sign(&self, name: &str, year: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        fs::write(self.path("key.pem"), key.serialize_pem()).unwrap();
        fs::write(self.path("certificate.pem"), params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
    }

    fn serve(&self, directory: &Path) -> Program {
        let (certificate, key) = (self.path("certificate.pem"), self.path("key.pem"));
        let port = ["--port".as_ref(), "0".as_ref()];
        let tls = ["--tls-cert".as_ref(), certificate.as_os_str(), "--tls-key".as_ref(), key.as_os_str()];
        Program::start(std::iter::once(directory.as_os_str()).chain(port).chain(tls))
    }

    /// Asks as `localhost`, trusting this authority.
    fn curl(&self, program: &Program, more: &[&str]) -> Option<Ended> {
        let curl = find(&["curl"])?;
        let port = program.port();
        let mut command = Command::new(curl);
        command.args(["-q", "--noproxy", "*", "--silent", "--show-error", "--max-time", "30", "--cacert"]);
        command.arg(self.path("authority.pem")).args(["--resolve", &format!("localhost:{port}:127.0.0.1")]);
        command.args(more).arg(format!("https://localhost:{port}/a.txt")).stdin(Stdio::null());
        Some(Program::spawn(&mut command).finish())
    }
}

fn directory() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "secured").unwrap();
    root
}

#[test]
fn curl_trusts_a_certificate_that_is_right() {
    let (root, authority) = (directory(), Authority::new());
    authority.sign("localhost", 2099);
    let program = authority.serve(root.path());
    assert!(program.first_line().starts_with("https://127.0.0.1:"), "{}", program.first_line());
    let Some(ended) = authority.curl(&program, &["--fail", "--write-out", " %{http_version} %{ssl_verify_result}"])
    else {
        return;
    };
    assert_eq!(ended.stdout, "secured 1.1 0", "{}", ended.stderr);
    for version in ["--tlsv1.2", "--tlsv1.3"] {
        let ended = authority.curl(&program, &[version, "--tls-max", version.trim_start_matches("--tlsv")]).unwrap();
        assert_eq!(ended.stdout, "secured", "{version}: {}", ended.stderr);
    }
    // Older ones are none.
    let ended = authority.curl(&program, &["--tlsv1.0", "--tls-max", "1.1"]).unwrap();
    assert!(!ended.status.success());
    // The browser's first guess, a URL without its scheme.
    let url = format!("http://{}/", program.address());
    let ended =
        Program::spawn(Command::new(find(&["curl"]).unwrap()).args(["-q", "--noproxy", "*", "-s", &url])).finish();
    assert!(ended.stdout.contains("https://"), "{ended:?}");
}

#[test]
fn curl_refuses_a_certificate_that_is_not() {
    let (root, authority) = (directory(), Authority::new());
    for (name, year, words) in
        [("localhost", 2001, "expired"), ("other.test", 2099, "no alternative certificate subject name")]
    {
        authority.sign(name, year);
        let program = authority.serve(root.path());
        let Some(ended) = authority.curl(&program, &[]) else { return };
        assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(60), ""), "{name} {year}");
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        // That client went away; the next one does not care.
        let ended = authority.curl(&program, &["--insecure"]).unwrap();
        assert_eq!(ended.stdout, "secured", "{}", ended.stderr);
    }
}

#[test]
fn a_new_certificate_is_taken_without_a_restart() {
    let (root, authority) = (directory(), Authority::new());
    authority.sign("localhost", 2001);
    let program = authority.serve(root.path());
    let Some(ended) = authority.curl(&program, &[]) else { return };
    assert_eq!(ended.status.code(), Some(60), "{}", ended.stderr);
    authority.sign("localhost", 2099);
    program.wait_for_words("The certificate has changed; new connections have the new one.");
    let answer = poll("an answer with the new certificate", || {
        let ended = authority.curl(&program, &["--fail"]).unwrap();
        ended.status.success().then_some(ended.stdout)
    });
    assert_eq!(answer, "secured");
    // One that cannot be used changes nothing.
    fs::write(authority.path("key.pem"), "none").unwrap();
    program.wait_for_words("the old one stays: ");
    assert_eq!(authority.curl(&program, &["--fail"]).unwrap().stdout, "secured");
}

/// Two requests on one connection, the second of which has to find it open.
const PYTHON: &str = "
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
connection = http.client.HTTPSConnection('localhost', int(sys.argv[1]), context=context, timeout=30)
connection.request('GET', '/a.txt')
answer = connection.getresponse()
socket = connection.sock
print(answer.status, answer.read().decode(), connection.sock.version())
connection.request('HEAD', '/a.txt')
print(connection.getresponse().status, connection.sock is socket)
";

#[test]
fn python_persists_over_tls() {
    let (root, authority) = (directory(), Authority::new());
    authority.sign("localhost", 2099);
    let program = authority.serve(root.path());
    let Some(python) = find(&["python3"]) else { return };
    let mut command = Command::new(python);
    command.args(["-c", PYTHON, &program.port().to_string()]).arg(authority.path("authority.pem")).stdin(Stdio::null());
    let ended = Program::spawn(&mut command).finish();
    assert_eq!(ended.stdout, "200 secured TLSv1.3\n200 True\n", "{}", ended.stderr);
}
