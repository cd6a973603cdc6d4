//! The rules of life: which numbers of neighbours have a cell be born, and which have it survive.

use std::str::FromStr;

use crate::error::did_you_mean;

/// A rule in the manner of Conway's, perhaps with generations: a cell that does not survive dies in several steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// Bit n is set if a cell with n neighbours is born.
    pub born: u16,
    /// Bit n is set if a cell with n neighbours survives.
    pub survive: u16,
    /// States of a cell: 2, or with those in which it dies.
    pub states: u16,
}

/// Rules that have a name.
const NAMED: &[(&str, &str)] = &[
    ("life", "B3/S23"),
    ("highlife", "B36/S23"),
    ("day-and-night", "B3678/S34678"),
    ("seeds", "B2/S"),
    ("maze", "B3/S12345"),
    ("coral", "B3/S45678"),
    ("replicator", "B1357/S1357"),
    ("anneal", "B4678/S35678"),
    ("diamoeba", "B35678/S5678"),
    ("morley", "B368/S245"),
    ("brians-brain", "B2/S/C3"),
    ("star-wars", "B2/S345/C4"),
    ("bloomerang", "B34678/S234/C24"),
    ("lava", "B45678/S12345/C8"),
];

/// Reads `B3/S23`, `B2/S/C3`, the older `23/3` and `/2/3` that say first what survives, or a name.
impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        let text = named.map_or(text.trim(), |(_, rule)| rule);
        check_field(text)?;
        let parts: Vec<&str> = text.split('/').collect();
        let expected = || {
            let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
            let near = did_you_mean(text, names.iter().copied());
            let names = names.join(", ");
            if text.parse::<u8>().is_ok() {
                return "a rule of life is B3/S23; numbers are rules of --kind elementary".into();
            }
            format!(
                "a rule is B3/S23, with generations B2/S/C3, larger R5,C0,M1,S34..58,B34..45,NM, or a name{near}: {names}"
            )
        };
        if !(2..=3).contains(&parts.len()) {
            return Err(expected());
        }
        let is = |part: &str, letter: char| part.starts_with([letter, letter.to_ascii_lowercase()]);
        let has_letters = parts.iter().any(|part| part.starts_with(char::is_alphabetic));
        let (born, survive, states) = match (has_letters, &parts[..]) {
            (false, [survive, born, states @ ..]) => (*born, *survive, states.first().copied()),
            (true, [born, survive, states @ ..]) if is(born, 'B') && is(survive, 'S') => {
                let states = states
                    .first()
                    .map(|states| states.strip_prefix(['C', 'c', 'G', 'g']).unwrap_or(states));
                (&born[1..], &survive[1..], states)
            }
            _ => return Err(expected()),
        };
        let states = match states.map(str::parse::<u16>) {
            None => 2,
            Some(Ok(states @ 2..=256)) => states,
            Some(_) => return Err("a rule has 2 to 256 states: B2/S/C3".into()),
        };
        let rule = Self { born: counts(born)?, survive: counts(survive)?, states };
        match rule.born & 1 {
            0 => Ok(rule),
            _ => {
                Err("B0 has cells be born out of nothing, everywhere; such rules are not drawn"
                    .into())
            }
        }
    }
}

/// Looks for the size and the edges of a field, which Golly adds: `B3/S23:T100,50`.
///
/// # Errors
/// It says some.
pub(super) fn check_field(text: &str) -> Result<(), String> {
    match text.split_once(':') {
        Some((rule, field)) => Err(format!(
            "its field, :{field}, is said by --size, --cell and --edges here; the rule alone is {rule}"
        )),
        None => Ok(()),
    }
}

/// A bit for each digit.
fn counts(digits: &str) -> Result<u16, String> {
    digits.chars().try_fold(0u16, |set, digit| match digit.to_digit(10) {
        Some(count @ 0..=8) => Ok(set | 1 << count),
        None if matches!(digit, 'H' | 'h' | 'V' | 'v') => Err(format!(
            "'{digit}': hexagonal fields and von Neumann's neighbourhood are not known"
        )),
        _ => Err(format!("'{digit}': a cell has 0 to 8 neighbours")),
    })
}
