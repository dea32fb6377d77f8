//! Choosing a form by Accept (RFC 9110 12.5.1).

use std::cmp::Reverse;

use basehttp_proto::Fields;

/// The index of the offer that the client likes best. Of several that it likes equally, the one it names first; of
/// those it does not tell apart, the one offered first. `None` when it accepts none.
///
/// Offers are types without parameters, such as `text/html`. Without Accept anything is accepted. An element of Accept
/// that is not valid is passed over.
///
/// ```
/// use basehttp_handler::accept::preferred;
/// use basehttp_proto::Fields;
/// let mut fields = Fields::new();
/// fields.append("Accept", "text/*;q=0.5, application/json")?;
/// assert_eq!(preferred(&fields, &["text/html", "application/json"]), Some(1));
/// # Ok::<(), basehttp_proto::UsageError>(())
/// ```
pub fn preferred(fields: &Fields, offers: &[&str]) -> Option<usize> {
    let ranges: Vec<MediaRange<'_>> = fields.list("Accept").filter_map(parse).collect();
    if ranges.is_empty() {
        return (!offers.is_empty()).then_some(0);
    }
    let liked = offers.iter().enumerate().filter_map(|(index, offer)| {
        let (quality, place) = quality(&ranges, offer)?;
        (quality > 0).then_some((Reverse(quality), place, index))
    });
    liked.min().map(|(_, _, index)| index)
}

struct MediaRange<'a> {
    kind: &'a [u8],
    subtype: &'a [u8],
    /// In thousandths.
    quality: u16,
}

/// The quality that the most specific matching range gives to an offer, and the place of that range in the list.
fn quality(ranges: &[MediaRange<'_>], offer: &str) -> Option<(u16, usize)> {
    let (kind, subtype) = offer.split_once('/').unwrap_or((offer, ""));
    let specificity = |range: &MediaRange<'_>| {
        if range.kind == b"*" {
            return Some(0u8);
        }
        if !range.kind.eq_ignore_ascii_case(kind.as_bytes()) {
            return None;
        }
        match range.subtype {
            b"*" => Some(1),
            exact => exact.eq_ignore_ascii_case(subtype.as_bytes()).then_some(2),
        }
    };
    let matching = ranges
        .iter()
        .enumerate()
        .filter_map(|(place, range)| Some((specificity(range)?, Reverse(place), range.quality)));
    matching.max().map(|(_, Reverse(place), quality)| (quality, place))
}

/// Reads one element; `None` when it is not valid. Parameters other than the weight are passed over: clients send a
/// charset and mean any.
fn parse(element: &[u8]) -> Option<MediaRange<'_>> {
    let mut parts = element.split(|&octet| octet == b';').map(<[u8]>::trim_ascii);
    let name = parts.next()?;
    let slash = name.iter().position(|&octet| octet == b'/')?;
    let (kind, subtype) = (name.get(..slash)?, name.get(slash.saturating_add(1)..)?);
    if kind.is_empty() || subtype.is_empty() || (kind == b"*" && subtype != b"*") {
        return None;
    }
    let weight = parts.find_map(|parameter| match parameter {
        [b'q' | b'Q', b'=', weight @ ..] => Some(weight),
        _ => None,
    });
    let quality = weight.map_or(Some(1000), parse_weight)?;
    Some(MediaRange { kind, subtype, quality })
}

/// `qvalue`: 0 or 1 with up to three decimals.
fn parse_weight(weight: &[u8]) -> Option<u16> {
    let (whole, decimals) = match weight {
        [whole] => (*whole, &[][..]),
        [whole, b'.', decimals @ ..] if decimals.len() <= 3 => (*whole, decimals),
        _ => return None,
    };
    let mut thousandths = match whole {
        b'0' => 0u16,
        b'1' => 1000,
        _ => return None,
    };
    for (decimal, unit) in decimals.iter().zip([100u16, 10, 1]) {
        let digit = decimal.is_ascii_digit().then(|| u16::from(decimal.wrapping_sub(b'0')))?;
        thousandths = thousandths.saturating_add(digit.saturating_mul(unit));
    }
    (thousandths <= 1000).then_some(thousandths)
}
