//! What a store said, in a line, without secrets.

use std::error::Error;

use object_store::Error as Refusal;

/// What went wrong, as far as the store said.
pub(super) fn in_a_line(e: &Refusal) -> String {
    let whole = e.to_string();
    // S3 and those like it say it in XML.
    if let (Some(code), Some(message)) = (element(&whole, "Code"), element(&whole, "Message")) {
        return clean(&format!("{message} ({code})"));
    }
    let mut last: &dyn Error = e;
    while let Some(source) = last.source() {
        last = source;
    }
    match e {
        Refusal::PermissionDenied { .. } => clean(&format!("access is denied: {last}")),
        Refusal::Unauthenticated { .. } => clean(&format!("the credentials are not taken: {last}")),
        _ => clean(&last.to_string()),
    }
}

/// The content of an element that is in `text`.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(content, _)| content.trim().trim_end_matches('.'))
}

/// On one line, of a bearable length, and without queries of URLs: some are secret.
fn clean(text: &str) -> String {
    const MOST: usize = 300;
    let word = |word: &str| match word.split_once('?') {
        Some((url, _)) if url.contains("://") => url.to_string(),
        _ => word.to_string(),
    };
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    words.join(" ").chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_said_is_a_line_without_secrets() {
        let refusal = |text: &str| Refusal::Generic { store: "S3", source: text.into() };
        let body = "status 404: <?xml?>\n<Error><Code>NoSuchBucket</Code><Message>There is no such\nbucket.</Message>";
        assert_eq!(in_a_line(&refusal(body)), "There is no such bucket (NoSuchBucket)");
        let text = "failed https://a.blob.example/b?sig=secret&x=1 at\nonce";
        assert_eq!(in_a_line(&refusal(text)), "failed https://a.blob.example/b at once");
    }
}
