//! RFC 9112 3: request lines and Host, as a client sends them.

use basehttp_proto::{Method, RequestHead, UsageError, Version};
use basehttp_tests::client_split::request;

use crate::{get, with, written};

fn build(method: Method, target: &str) -> Result<RequestHead, UsageError> {
    RequestHead::build(method, target)
}

/// What is sent for a request whose fields are only these.
fn with_host(target: &str, hosts: &[&str]) -> Result<String, UsageError> {
    let head = build(Method::GET, target).expect("a target");
    written(&hosts.iter().fold(head, |head, host| head.field("Host", host).expect("a field")), "")
}

#[test]
fn c9112_3_4_a_request_line_of_8000_octets_is_sent_and_read() {
    let target = format!("/{}", "a".repeat(8000 - "GET / HTTP/1.1".len()));
    let output = written(&request("GET", &target), "").unwrap();
    assert_eq!(output.lines().next().map(str::len), Some(8000));
    let seen = basehttp_tests::split::check(&basehttp_tests::script::Script::default(), output.as_bytes());
    assert_eq!(seen.requests().next().map(|request| request.target.as_str()), Some(target.as_str()));
}

#[test]
fn c9112_3_2_3_no_request_leaves_without_host() {
    for method in [Method::GET, Method::POST, Method::OPTIONS] {
        assert_eq!(written(&build(method, "/").unwrap(), ""), Err(UsageError::HostMissing), "{method}");
    }
    assert_eq!(written(&build(Method::OPTIONS, "*").unwrap(), ""), Err(UsageError::HostMissing));
    assert_eq!(
        written(&build(Method::GET, "/").unwrap().with_version(Version::Http10), ""),
        Err(UsageError::HostMissing)
    );
}

#[test]
fn c9112_3_2_4_host_is_the_authority_of_the_target() {
    let output = with_host("http://example.com:81/x", &[]).unwrap();
    assert_eq!(output, "GET http://example.com:81/x HTTP/1.1\r\nHost: example.com:81\r\n\r\n");
    assert!(with_host("http://example.com:81/x", &["example.com:81"]).is_ok());
    for other in ["example.com", "example.org:81", ""] {
        let refused = with_host("http://example.com:81/x", &[other]);
        assert_eq!(refused, Err(UsageError::HostInvalid), "{other:?}");
    }
}

#[test]
fn c9112_3_2_4_host_has_no_user_information_and_stands_once() {
    for hosts in [&["u@a"][..], &["u:p@a"], &["a/b"], &["a b"], &["a:x"], &["a", "a"], &["a", "b"], &["", "a"]] {
        assert_eq!(with_host("/", hosts), Err(UsageError::HostInvalid), "{hosts:?}");
    }
    for host in ["a", "a:80", "[::1]:80", "127.0.0.1"] {
        assert_eq!(with_host("/", &[host]), Ok(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")));
    }
}

#[test]
fn c9112_3_2_5_an_empty_host_can_be_sent() {
    assert_eq!(with_host("/", &[""]).as_deref(), Ok("GET / HTTP/1.1\r\nHost: \r\n\r\n"));
}

#[test]
fn c9112_3_2_1_1_a_target_is_path_and_query_and_no_more() {
    for target in ["/", "/a/b", "/a?b=c", "/?", "/a?b?c"] {
        let output = with_host(target, &["a"]).unwrap();
        assert_eq!(output, format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for target in ["/a#b", "a", "example.com/a", "//u@a b", "/\u{e4}"] {
        assert_eq!(build(Method::GET, target).err(), Some(UsageError::Target), "{target}");
    }
}

#[test]
fn c9112_3_2_1_2_an_empty_path_is_not_sent() {
    for target in ["", "?a=b"] {
        assert_eq!(build(Method::GET, target).err(), Some(UsageError::Target), "{target:?}");
    }
    assert_eq!(build(Method::GET, "http://a").unwrap().path(), "/");
}

#[test]
fn c9112_3_2_2_1_the_form_for_a_proxy_is_the_whole_uri() {
    let output = with_host("http://example.com/x?y", &["example.com"]).unwrap();
    assert_eq!(output, "GET http://example.com/x?y HTTP/1.1\r\nHost: example.com\r\n\r\n");
}

#[test]
fn c9112_3_2_3_1_connect_sends_host_and_port_alone() {
    let head = build(Method::CONNECT, "example.com:443").unwrap();
    assert_eq!(written(&head, "").as_deref(), Ok("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"));
    for target in ["/", "http://example.com:443/", "example.com:443/x", "u@example.com:443", "*"] {
        assert_eq!(build(Method::CONNECT, target).err(), Some(UsageError::Target), "{target}");
    }
}

#[test]
fn c9112_3_2_4_1_options_of_the_whole_server_is_an_asterisk() {
    let head = with(build(Method::OPTIONS, "*").unwrap(), &[("Host", "a")]);
    assert_eq!(written(&head, "").as_deref(), Ok("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(build(Method::OPTIONS, "**").err(), Some(UsageError::Target));
}

#[test]
fn c9110_7_1_1_the_other_forms_are_for_connect_and_options_alone() {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "PATCH", "X"] {
        let method = Method::new(method).unwrap();
        for target in ["*", "a:80", "a"] {
            assert_eq!(build(method, target).err(), Some(UsageError::Target), "{method} {target}");
        }
    }
    assert_eq!(build(Method::OPTIONS, "a:80").err(), Some(UsageError::Target));
}

#[test]
fn c9110_7_2_2_a_host_that_the_target_names_is_sent_first() {
    let head = with(build(Method::GET, "http://b/").unwrap(), &[("Accept", "*/*")]);
    let output = written(&head, "").unwrap();
    assert_eq!(output, "GET http://b/ HTTP/1.1\r\nHost: b\r\nAccept: */*\r\n\r\n");
}

#[test]
fn c9110_9_3_6_1_connect_is_not_sent_without_a_port() {
    for target in ["a", "a:", "[::1]", "[::1]:", ":80", "a:x", "a:65536"] {
        assert_eq!(build(Method::CONNECT, target).err(), Some(UsageError::Target), "{target}");
    }
    for target in ["a:80", "[::1]:443", "127.0.0.1:1"] {
        assert!(build(Method::CONNECT, target).is_ok(), "{target}");
    }
}

#[test]
fn c9110_4_2_1_1_no_uri_with_an_empty_host_is_sent() {
    for target in ["http:///", "http://", "http://:80/", "http://?a", "https:///x", "https://", "https://:443"] {
        assert_eq!(build(Method::GET, target).err(), Some(UsageError::Target), "{target}");
    }
}

#[test]
fn c9110_4_2_4_1_no_user_information_is_sent_in_a_target() {
    for target in ["http://u@a/", "http://u:p@a/", "https://@a/"] {
        assert_eq!(build(Method::GET, target).err(), Some(UsageError::Target), "{target}");
    }
    assert_eq!(build(Method::CONNECT, "u@a:80").err(), Some(UsageError::Target));
    assert!(get(&[]).host() == Some("a"));
}
