//! Words for a POSIX shell.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A word as a shell takes it, whatever is in it.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_bytes();
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+:=@%,".contains(b);
    let text = String::from_utf8_lossy(bytes);
    match !bytes.is_empty() && bytes.iter().all(is_plain) {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Splits the text of an option into words, as a shell does.
///
/// # Errors
/// A quote is not closed.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => {
                let next = characters.next().ok_or("nothing follows the last backslash")?;
                word.get_or_insert_default().push(next);
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    match quote {
        Some(open) => Err(format!("a quote ({open}) is not closed")),
        None => {
            words.extend(word);
            Ok(words)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_parted() {
        let cases = [
            ("--partition=x --time=30", vec!["--partition=x", "--time=30"]),
            (" a  'b c' \"d \\\" e\" f\\ g ''", vec!["a", "b c", "d \" e", "f g", ""]),
            ("", vec![]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text).expect("closed"), expected, "{text}");
        }
        assert!(words("'a").is_err() && words("a\\").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_quoted_is_one_word(word in "[ -~\n]{0,20}") {
            prop_assert_eq!(words(&quoted(&word)).expect("closed"), vec![word.clone()]);
            let shown = Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(&word))).output();
            prop_assert_eq!(shown.expect("a shell").stdout, word.as_bytes());
        }
    }
}
