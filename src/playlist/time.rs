//! Times in playlists: counted in microseconds, written as people and as formats do.

/// Microseconds of a second.
pub const SECOND: u64 = 1_000_000;

/// Seconds with a fraction, exact to the microsecond: `12`, `12.5`. `None` if it is anything else;
/// what lies below the microsecond is rounded.
pub fn parse_seconds(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() + part.len() == 0 || whole.len() > 12 {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut micros = 0;
    let mut unit = SECOND / 10;
    for digit in part.bytes() {
        let digit = u64::from(digit - b'0');
        if unit == 0 {
            micros += u64::from(digit >= 5);
            break;
        }
        micros += digit * unit;
        unit /= 10;
    }
    Some(whole * SECOND + micros)
}

/// A length as people write it: `5`, `0.5`, `90s`, `10m`, `1h30m`, `1:30`, `0:01:30.5`.
///
/// # Errors
/// It is anything else.
pub fn parse(text: &str) -> Result<u64, String> {
    let form =
        || "a time is in seconds (5, 0.5), with units (90s, 10m, 1h30m) or as 1:30".to_string();
    if text.contains(':') {
        let mut all = 0u64;
        for (n, field) in text.split(':').enumerate() {
            let value = parse_seconds(field).ok_or_else(form)?;
            if n > 2 || n > 0 && value >= 60 * SECOND {
                return Err(form());
            }
            all = all.checked_mul(60).and_then(|all| all.checked_add(value)).ok_or_else(form)?;
        }
        return Ok(all);
    }
    if let Some(micros) = parse_seconds(text) {
        return Ok(micros);
    }
    let (mut all, mut rest) = (0u64, text);
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(form)?;
        let (number, tail) = rest.split_at(end);
        let unit_end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        // In thousandths, so that a fraction of an hour is exact.
        let unit: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(form()),
        };
        // From the largest unit to the smallest, each once.
        if unit >= last {
            return Err(form());
        }
        last = unit;
        let number = parse_seconds(number).ok_or_else(form)?;
        let micros = u128::from(number) * u128::from(unit) / 1_000;
        let micros = u64::try_from(micros).map_err(|_| form())?;
        all = all.checked_add(micros).ok_or_else(form)?;
        rest = tail;
    }
    if text.is_empty() { Err(form()) } else { Ok(all) }
}

/// Seconds with as many decimals as it takes, up to six: `12.5`.
pub fn seconds(micros: u64) -> String {
    let (whole, part) = (micros / SECOND, micros % SECOND);
    if part == 0 {
        return whole.to_string();
    }
    format!("{whole}.{part:06}").trim_end_matches('0').into()
}

/// As clocks show it: `1:30`, `2:01:30.5`.
pub fn clock(micros: u64) -> String {
    let (whole, rest) = (micros / SECOND, micros % SECOND);
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    let part = format!(".{rest:06}");
    let part = part.trim_end_matches('0').trim_end_matches('.');
    match hours {
        0 => format!("{minutes}:{:02}{part}", whole % 60),
        hours => format!("{hours}:{minutes:02}:{:02}{part}", whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_write_times_in_many_ways() {
        for (text, micros) in [
            ("5", 5_000_000),
            ("0.5", 500_000),
            (".25", 250_000),
            ("90s", 90_000_000),
            ("1.5m", 90_000_000),
            ("1h30m", 5_400_000_000),
            ("250ms", 250_000),
            ("1:30", 90_000_000),
            ("1:00:00.5", 3_600_500_000),
            ("0.0000005", 1),
        ] {
            assert_eq!(parse(text), Ok(micros), "{text}");
        }
        for bad in ["", "-1", "5x", "1m1h", "1m1m", "1:60", "1:2:3:4", "1e3", "inf", "m", "1:", ":"]
        {
            assert!(parse(bad).is_err(), "{bad}: {:?}", parse(bad));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(micros in 0u64..1_000_000_000_000) {
            prop_assert_eq!(parse_seconds(&seconds(micros)), Some(micros));
            prop_assert_eq!(parse(&seconds(micros)), Ok(micros));
            prop_assert_eq!(parse(&clock(micros)), Ok(micros));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = (parse(&text), parse_seconds(&text));
        }
    }
}
