//! Properties of the types: dates, fields, methods, statuses, lists.

use basehttp_handler::date;
use basehttp_proto::parse::HeadParser;
use basehttp_proto::{Fields, HttpDate, ListElements, Method, RequestHead, StatusCode, UsageError};
use basehttp_tests::grammar::{OWS, TCHAR, is_field_value};
use proptest::collection::vec;
use proptest::prelude::*;

use super::config;

const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment as a calendar has it, counted day by day from 1970 (slowly, and in another way than the library).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    year: u64,
    month: usize,
    day: u64,
    weekday: &'static str,
    second: u64,
}

fn days_of_year(year: u64) -> u64 {
    let is_leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    if is_leap { 366 } else { 365 }
}

fn moment(unix: u64) -> Moment {
    let days = unix / 86_400;
    let weekday = DAYS[usize::try_from(days % 7).unwrap()];
    let (mut year, mut left) = (1970, days);
    while left >= days_of_year(year) {
        left -= days_of_year(year);
        year += 1;
    }
    let february = if days_of_year(year) == 366 { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    Moment { year, month, day: left + 1, weekday, second: unix % 86_400 }
}

impl Moment {
    fn time(self) -> String {
        format!("{:02}:{:02}:{:02}", self.second / 3600, self.second / 60 % 60, self.second % 60)
    }

    fn imf(self) -> String {
        let (day, month, time) = (&self.weekday[..3], MONTHS[self.month], self.time());
        format!("{day}, {:02} {month} {:04} {time} GMT", self.day, self.year)
    }

    fn rfc850(self) -> String {
        let (month, time) = (MONTHS[self.month], self.time());
        format!("{}, {:02}-{month}-{:02} {time} GMT", self.weekday, self.day, self.year % 100)
    }

    fn asctime(self) -> String {
        let (day, month, time) = (&self.weekday[..3], MONTHS[self.month], self.time());
        format!("{day} {month} {:>2} {time} {:04}", self.day, self.year)
    }
}

const LAST: u64 = 253_402_300_799;

proptest! {
    #![proptest_config(config())]

    /// P17: what is written is the date, and all three forms are read back.
    #[test]
    fn dates_round_trip(unix in prop_oneof![0..=LAST, 0..=4_102_444_800u64]) {
        let (date, moment) = (HttpDate::from_unix(unix), moment(unix));
        prop_assert_eq!(date.to_string(), moment.imf());
        prop_assert_eq!(date.to_imf().to_vec(), moment.imf().into_bytes());
        prop_assert_eq!(date::parse(moment.imf().as_bytes(), date), Some(date));
        prop_assert_eq!(date::parse(moment.asctime().as_bytes(), date), Some(date));
        prop_assert_eq!(date::parse(moment.rfc850().as_bytes(), date), Some(date));
    }

    /// RFC 9110 5.6.7: a year of two digits more than 50 years ahead belongs to the past.
    #[test]
    fn years_of_two_digits_lie_near(now in 0..=4_102_444_800u64, unix in 0..=4_102_444_800u64) {
        let text = moment(unix).rfc850();
        let this_year = moment(now).year;
        if let Some(read) = date::parse(text.as_bytes(), HttpDate::from_unix(now)) {
            let year = moment(read.as_unix()).year;
            prop_assert_eq!(year % 100, moment(unix).year % 100);
            prop_assert!(year <= this_year + 50 && year + 100 > this_year - this_year % 100, "{} in {}", year, this_year);
        }
    }

    #[test]
    fn a_changed_date_is_another_or_none(unix in 0..=LAST, at in 0usize..29, octet in any::<u8>()) {
        let date = HttpDate::from_unix(unix);
        let mut text = date.to_imf();
        text[at] = octet;
        if let Some(read) = date::parse(&text, date) {
            // The name of the day is not checked against the date: it adds nothing.
            prop_assert_eq!(&read.to_imf()[3..], &text[3..]);
        }
    }

    #[test]
    fn no_text_breaks_the_reader_of_dates(text in vec(any::<u8>(), 0..40), now in any::<u64>()) {
        let _ = date::parse(&text, HttpDate::from_unix(now));
    }

    /// Fields that are written already are what is built of the same lines, also when more is added to them.
    #[test]
    fn written_fields_are_those_that_are_built(lines in vec((name(), value()), 0..8), more in (name(), value())) {
        let mut built = Fields::new();
        let mut section = Vec::new();
        for (name, value) in lines {
            if built.append(&name, &value).is_ok() {
                section.extend([&name[..], b":", &value, b"\r\n"].concat());
            }
        }
        section.extend(b"\r\n");
        let mut written = Fields::from_static(section.leak()).unwrap();
        prop_assert_eq!(&written, &built);
        prop_assert_eq!(written.append(&more.0, &more.1), built.append(&more.0, &more.1));
        prop_assert_eq!(&written, &built);
        let host = Fields::get_all(&written, "host").count();
        prop_assert_eq!(written.remove("host"), host);
        built.remove("host");
        prop_assert_eq!(&written, &built);
    }

    /// What would not be the section of a head, whole, is none.
    #[test]
    fn what_is_no_section_is_no_fields(section in "[aA:, \t\r\n]{0,4}(a:b\r\n){0,2}[a:\r\n]{0,2}(\r\n){0,2}a{0,1}") {
        let head = format!("GET / HTTP/1.1\r\n{section}");
        let mut parser = HeadParser::default();
        let whole = parser.request(head.as_bytes()).ok().flatten().filter(|parts| parts.len() == head.len());
        let lines = whole.map(|parts| parts.fields().map(|(n, v)| (n.to_vec(), v.to_vec())).collect::<Vec<_>>());
        let fields = Fields::from_static(section.leak().as_bytes()).ok();
        let read = fields.map(|fields| fields.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect::<Vec<_>>());
        prop_assert_eq!(read, lines);
    }

    /// P11: fields behave as a list of pairs.
    #[test]
    fn fields_are_a_list_of_pairs(changes in vec(change(), 0..30), probe in name()) {
        let mut fields = Fields::new();
        let mut model: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for change in changes {
            let same = |(n, _): &(Vec<u8>, Vec<u8>), name: &[u8]| n.eq_ignore_ascii_case(name);
            match change {
                Change::Append(name, value) => {
                    let valid = gate(&name, &value);
                    prop_assert_eq!(fields.append(&name, &value), valid);
                    if valid.is_ok() {
                        model.push((name, trimmed(&value)));
                    }
                }
                Change::Set(name, value) => {
                    let valid = gate(&name, &value);
                    prop_assert_eq!(fields.set(&name, &value), valid);
                    if valid.is_ok() {
                        model.retain(|line| !same(line, &name));
                        model.push((name, trimmed(&value)));
                    }
                }
                Change::Remove(name) => {
                    let before = model.len();
                    model.retain(|line| !same(line, &name));
                    prop_assert_eq!(fields.remove(&name), before - model.len());
                }
                Change::Clone => fields = fields.clone(),
            }
            let lines: Vec<(Vec<u8>, Vec<u8>)> = fields.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
            prop_assert_eq!(&lines, &model);
            prop_assert_eq!((fields.len(), fields.is_empty()), (model.len(), model.is_empty()));
            let values: Vec<&[u8]> = model.iter().filter(|line| same(line, &probe)).map(|(_, v)| v.as_slice()).collect();
            prop_assert_eq!(fields.get_all(&probe).collect::<Vec<_>>(), values.clone());
            prop_assert_eq!(fields.get(&probe), values.first().copied());
            prop_assert_eq!(fields.contains(&probe), !values.is_empty());
        }
    }

    #[test]
    fn methods_are_tokens_of_at_most_32_octets(token in prop_oneof![name(), vec(any::<u8>(), 0..40)]) {
        let valid = (1..=32).contains(&token.len()) && token.iter().all(|o| TCHAR.contains(o));
        let method = Method::new(&token);
        prop_assert_eq!(method.is_ok(), valid);
        if let Ok(method) = method {
            prop_assert_eq!(method.as_bytes(), &token[..]);
        }
    }

    #[test]
    fn a_list_is_its_elements(elements in vec("[!#-+.-~]{1,8}|\"[a-z,; ]{0,6}\"", 0..6), gaps in vec("[ \t,]{0,4}", 7)) {
        let mut list = gaps[0].clone();
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                list.push(',');
            }
            list.push_str(&[gaps[at].as_str(), element].concat());
        }
        list.push_str(&gaps[6]);
        // Two elements must not grow together, nor may a gap after one begin with what belongs to it.
        let found: Vec<&[u8]> = ListElements::new(list.as_bytes()).collect();
        let expected: Vec<&[u8]> = elements.iter().map(String::as_bytes).collect();
        prop_assert_eq!(found, expected, "{:?}", list);
    }
}

#[test]
fn a_registered_status_has_a_reason() {
    for code in 100..=999 {
        let status = StatusCode::new(code).unwrap();
        assert_eq!(StatusCode::REGISTERED.contains(&status), !status.canonical_reason().is_empty(), "{code}");
    }
}

#[derive(Clone, Debug)]
enum Change {
    Append(Vec<u8>, Vec<u8>),
    Set(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
    Clone,
}

/// Few names, so that they meet again in other cases; and some that are none.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "a",
        "A",
        "b",
        "Content-Length",
        "content-length",
        "Connection",
        "Date",
        "X-Y",
        "",
        "a b",
        "a:",
        "\r\n",
        "\u{e4}",
    ];
    prop::sample::select(names.to_vec()).prop_map(|name| name.as_bytes().to_vec())
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => "[ -~\t]{0,12}".prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..6)]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (name(), value()).prop_map(|(name, value)| Change::Append(name, value)),
        2 => (name(), value()).prop_map(|(name, value)| Change::Set(name, value)),
        2 => name().prop_map(Change::Remove),
        1 => Just(Change::Clone),
    ]
}

fn trimmed(value: &[u8]) -> Vec<u8> {
    let start = value.iter().position(|o| !OWS.contains(o)).unwrap_or(value.len());
    let end = value.iter().rposition(|o| !OWS.contains(o)).map_or(start, |last| last + 1);
    value[start..end].to_vec()
}

fn gate(name: &[u8], value: &[u8]) -> Result<(), UsageError> {
    if name.is_empty() || !name.iter().all(|o| TCHAR.contains(o)) {
        Err(UsageError::FieldName)
    } else if !trimmed(value).iter().all(|&o| is_field_value(o)) {
        Err(UsageError::FieldValue)
    } else {
        Ok(())
    }
}

/// What was received is told as it came, and nothing is told as if it had been.
#[test]
fn a_head_that_was_built_has_no_octets() {
    let mut head = RequestHead::build(Method::GET, "/x").unwrap();
    *head.fields_mut() = Fields::from_static(b"Host: h\r\n\r\n").unwrap();
    assert_eq!((head.octets().as_ref(), head.request_line(), head.target()), (&b""[..], "", "/x"));
}

/// Each form has its own separators: a date with those of another is none (RFC 9110 5.6.7).
#[test]
fn dates_with_the_separators_of_another_form_are_none() {
    let now = HttpDate::from_unix(784_111_777);
    for text in [
        "Sun  06 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT ",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sunday  06-Nov-94 08:49:37 GMT",
        "Sunday 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sun,Nov  6 08:49:37 1994",
        "Sun, Nov  6 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "",
    ] {
        assert_eq!(date::parse(text.as_bytes(), now), None, "{text:?}");
    }
}
