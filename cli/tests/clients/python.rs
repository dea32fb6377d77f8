//! Python's http.client, which writes a request to its end before it reads anything of the answer.

use super::common::Program;
use super::common::tree::{odd_names, target};
use super::{UPLOAD, find, run, start};

/// Runs a script with the address of a server as its first arguments.
fn python(program: &Program, script: &str, args: impl IntoIterator<Item = String>) {
    let Some(python) = find(&["python3"]) else { return };
    let address = program.address();
    // Without the user's packages and settings.
    let own = ["-I", "-c", script].map(str::to_owned);
    let server = [address.ip().to_string(), address.port().to_string()];
    let ended = run(&python, own.into_iter().chain(server).chain(args));
    assert_eq!(ended.stdout, "done\n", "{ended:?}");
}

#[test]
fn names_on_one_connection() {
    const SCRIPT: &str = "
import http.client, sys, urllib.parse
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
connection.connect()
socket = connection.sock
for target in sys.argv[3:]:
    connection.request('GET', target)
    response = connection.getresponse()
    content = response.read()
    expected = b'[content of ' + urllib.parse.unquote_to_bytes(target[1:]) + b']'
    assert (response.status, content) == (200, expected), (target, response.status, content)
    assert connection.sock is socket, target
print('done')
";
    let (_root, program) = start();
    python(&program, SCRIPT, odd_names().iter().map(|name| target(name)));
}

#[test]
fn a_large_file() {
    const SCRIPT: &str = "
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
with open(sys.argv[3], 'rb') as file:
    expected = file.read()
connection.request('GET', '/large.bin')
response = connection.getresponse()
assert response.status == 200 and response.length == len(expected)
assert response.read() == expected
for start in (0, 1, 70000001, len(expected) - 1):
    connection.request('GET', '/large.bin', headers={'Range': f'bytes={start}-'})
    response = connection.getresponse()
    assert response.status == 206
    assert response.read() == expected[start:]
connection.request('HEAD', '/large.bin')
response = connection.getresponse()
assert int(response.headers['Content-Length']) == len(expected) and response.read() == b''
print('done')
";
    let (root, program) = start();
    let path = root.path().join("large.bin");
    python(&program, SCRIPT, [path.to_str().unwrap().to_owned()]);
}

/// The server refuses at once and the client goes on writing: unless the server goes on reading for a while, its answer
/// is lost with the connection. How often it would be is a matter of chance, so it is tried many times.
#[test]
fn an_upload_is_refused_so_that_the_client_learns_why() {
    const SCRIPT: &str = "
import http.client, sys
size = int(sys.argv[3])
parts = lambda: (b'x' * 65536 for _ in range(size // 65536))
def post(body, **options):
    connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
    connection.request('POST', '/plain.txt', body, **options)
    response = connection.getresponse()
    assert len(response.read()) == int(response.headers['Content-Length'])
    connection.close()
    return response.status
for round in range(20):
    for status in (post(b'x' * size), post(parts(), encode_chunked=True)):
        assert status in (405, 413), (round, status)
# What is small enough is read, and the connection goes on.
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
for method, expected in (('POST', 405), ('GET', 200), ('PUT', 405), ('GET', 200)):
    connection.request(method, '/plain.txt', b'x' * 200000 if expected == 405 else None)
    socket = connection.sock
    response = connection.getresponse()
    assert response.status == expected and response.read()
    assert connection.sock is socket
print('done')
";
    let (_root, program) = start();
    python(&program, SCRIPT, [UPLOAD.to_string()]);
}
