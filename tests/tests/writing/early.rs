//! Responses that come before the content was read (T20, T21), and many requests at once (T28).

use basehttp_proto::Limits;
use basehttp_tests::observation::Observation;
use basehttp_tests::random::Random;
use basehttp_tests::script::{Content, Reply, Script, When};
use basehttp_tests::split;

/// A valid request that never may be answered.
const INNER: &[u8] = b"GET /inner HTTP/1.1\r\nHost: b\r\n\r\n";
const SECOND: &[u8] = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n";

/// Content of this length that is nothing but requests.
fn requests(len: usize) -> Vec<u8> {
    INNER.iter().copied().cycle().take(len).collect()
}

/// A request with that content.
fn request(method: &str, content: &[u8], chunk: Option<usize>) -> Vec<u8> {
    let mut request = format!("{method} /first HTTP/1.1\r\nHost: a\r\n").into_bytes();
    match chunk {
        None => {
            request.extend(format!("Content-Length: {}\r\n\r\n", content.len()).bytes());
            request.extend_from_slice(content);
        }
        Some(size) => {
            request.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in content.chunks(size) {
                request.extend(format!("{:x}\r\n", chunk.len()).bytes());
                request.extend_from_slice(chunk);
                request.extend_from_slice(b"\r\n");
            }
            request.extend_from_slice(b"0\r\n\r\n");
        }
    }
    request
}

/// Checks that the first request was answered once, the second once or not at all, and nothing else.
#[track_caller]
fn assert_answers(seen: &Observation, second: bool, case: &str) {
    let targets: Vec<&str> = seen.requests().map(|request| request.target.as_str()).collect();
    let expected: &[&str] = if second { &["/first", "/second"] } else { &["/first"] };
    assert_eq!(targets, expected, "{case}");
    assert_eq!(seen.error(), None, "{case}");
    let answers = seen.answers().unwrap_or_else(|why| panic!("{case}: {why}"));
    assert_eq!(answers.len(), targets.len(), "{case}");
    assert_eq!(answers[0].says("close"), !second, "{case}");
}

#[test]
fn t21_content_made_of_requests_is_never_answered() {
    const K: usize = 1024;
    let drain = usize::try_from(Limits::default().drain).unwrap();
    let sizes = [0, 1, 4 * K, 64 * K - 1, 64 * K, 64 * K + 1, 256 * K - 1, 256 * K, 256 * K + 1, 10 * K * K];
    for size in sizes {
        let content = requests(size);
        for chunk in [None, Some(1000), Some(100_000)] {
            let input = [&request("POST", &content, chunk)[..], SECOND].concat();
            for when in [When::End, When::Both, When::Request] {
                // Content that is read keeps the connection. Content that is not is drained up to the limit where its
                // length is known; a response that begins at once cannot know whether it will be read.
                let known = chunk.is_none() && size <= drain;
                let second = when == When::End || known;
                let script = Script::default().when(when);
                for read in [8 * K, 64 * K, input.len()] {
                    let seen = split::run(&script, input.chunks(read));
                    let case = format!("{size} octets, chunks {chunk:?}, {when:?}, reads of {read}");
                    assert_answers(&seen, second, &case);
                    if when == When::End {
                        assert!(seen.content() == content, "{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn t20_content_is_read_whatever_the_method_and_the_answer() {
    let content = [INNER, INNER].concat();
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"] {
        for status in [200u16, 301, 304, 404, 405, 500] {
            for (when, chunk) in [
                (When::Request, None),
                (When::End, None),
                (When::Both, None),
                (When::Request, Some(10)),
                (When::End, Some(10)),
                (When::Both, Some(10)),
            ] {
                let script = Script::default().when(when).reply(Reply::new(status, Content::Target));
                let input = [&request(method, &content, chunk)[..], SECOND].concat();
                let second = chunk.is_none() || when == When::End;
                for read in [1, 7, input.len()] {
                    let seen = split::run(&script, input.chunks(read));
                    assert_answers(&seen, second, &format!("{method} {status} {when:?} {chunk:?} {read}"));
                }
            }
        }
    }
}

#[test]
fn t20_early_answers_at_every_division() {
    for when in [When::Request, When::Both, When::End] {
        for chunk in [None, Some(10)] {
            let input = [&request("POST", INNER, chunk)[..], SECOND].concat();
            let seen = split::check(&Script::default().when(when), &input);
            assert_answers(&seen, chunk.is_none() || when == When::End, &format!("{when:?} {chunk:?}"));
        }
    }
}

/// A drain that meets a fault closes, and tells nobody: the answer was sent.
#[test]
fn t21_a_fault_in_content_that_is_drained_closes() {
    let input = b"POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nshort";
    let seen = split::check(&Script::default().when(When::Request).eof(), input);
    assert_eq!((seen.error(), seen.answers().unwrap().len()), (None, 1));
    assert_eq!(seen.state, basehttp_proto::State::Closed);
}

#[test]
fn t28_a_hundred_requests_are_answered_in_order() {
    let mut random = Random::new(28);
    for content in [Content::Target, Content::Pieces(vec![b"a".to_vec(), vec![b'b'; 5000], b"c".to_vec()])] {
        let mut input = Vec::new();
        for number in 0..100 {
            let body = requests(random.below(60));
            let chunk = [None, Some(1 + random.below(20))][random.below(2)];
            let one = String::from_utf8(request("POST", &body, chunk)).unwrap();
            input.extend(one.replacen("/first", &format!("/{number}"), 1).bytes());
        }
        let script = Script::default().reply(Reply::new(200, content));
        let whole = split::run(&script, [&input[..]]);
        for read in [1, 100, 1000, 4096] {
            assert_eq!(split::run(&script, input.chunks(read)), whole, "reads of {read}");
        }
        let targets: Vec<String> = whole.requests().map(|request| request.target.clone()).collect();
        assert_eq!(targets, (0..100).map(|number| format!("/{number}")).collect::<Vec<_>>());
        let answers = whole.answers().unwrap();
        assert_eq!(answers.len(), 100);
        for (answer, target) in answers.iter().zip(&targets) {
            if script.reply.content == Content::Target {
                assert_eq!(answer.content, target.as_bytes());
            } else {
                assert_eq!(answer.content.len(), 5002);
            }
        }
    }
}
