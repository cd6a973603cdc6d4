//! Sweeps: a list where a recipe has one value stands for as many recipes, one for each
//! combination.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::generate;

/// The most recipes that one file may stand for.
const MOST: usize = 10_000;

/// Keys whose values are lists by nature.
fn lists() -> Vec<String> {
    let of_generators = generate::descriptions().into_iter().flat_map(|generator| {
        let lists = generator.parameters.into_iter().filter(|p| p.form.is_list());
        lists.map(move |p| format!("{}.{}", generator.name, p.key))
    });
    of_generators.chain(["remix.pieces".into(), "remix.films".into()]).collect()
}

/// True if `path` is that of a list: a table may stand in a layer.
fn is_at(path: &str, list: &str) -> bool {
    path.strip_prefix("layer.").unwrap_or(path) == list
}

/// One recipe of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Combination {
    /// The recipe's text.
    pub text: String,
    /// The values that were chosen, as one would call them.
    pub values: Vec<String>,
}

/// A list: where it stands in the text, and its values, as they are written and as they are called.
struct Axis {
    place: Range<usize>,
    values: Vec<(String, String)>,
}

/// The recipes that `text` stands for, the last list changing quickest; itself, if there is no list
/// in it or if it is no TOML.
///
/// # Errors
/// A list is empty, or there are too many combinations.
pub(super) fn expand(text: &str) -> Result<Vec<Combination>, String> {
    let alone = || vec![Combination { text: text.into(), values: Vec::new() }];
    let Ok(table) = DeTable::parse(text) else { return Ok(alone()) };
    let mut axes = Vec::new();
    collect(text, "", table.get_ref(), &lists(), &mut axes)?;
    axes.sort_by_key(|axis| axis.place.start);
    let count = axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.values.len()));
    match count {
        Some(count) if count <= MOST => {}
        _ => return Err(format!("its lists stand for more than {MOST} recipes")),
    }
    let mut combinations = alone();
    // From the last, so that the places of those before it stay what they are.
    for axis in axes.iter().rev() {
        combinations = axis
            .values
            .iter()
            .flat_map(|(written, called)| {
                combinations.iter().map(move |combination| {
                    let mut text = combination.text.clone();
                    text.replace_range(axis.place.clone(), written);
                    let mut values = vec![called.clone()];
                    values.extend(combination.values.iter().cloned());
                    Combination { text, values }
                })
            })
            .collect();
    }
    Ok(combinations)
}

fn collect(
    text: &str,
    path: &str,
    table: &DeTable<'_>,
    lists: &[String],
    axes: &mut Vec<Axis>,
) -> Result<(), String> {
    for (key, value) in table {
        let path = match path {
            "" => key.get_ref().to_string(),
            path => format!("{path}.{}", key.get_ref()),
        };
        match value.get_ref() {
            DeValue::Table(table) => collect(text, &path, table, lists, axes)?,
            DeValue::Array(_) if lists.iter().any(|list| is_at(&path, list)) => {}
            // Tables of one name are no choice of one of them; what is in them may be.
            DeValue::Array(list) if list.iter().any(|entry| entry.get_ref().is_table()) => {
                for entry in list {
                    if let DeValue::Table(table) = entry.get_ref() {
                        collect(text, &path, table, lists, axes)?;
                    }
                }
            }
            DeValue::Array(list)
                if path == "layer.at" && list.iter().all(|v| v.get_ref().as_str().is_none()) =>
            {
                let sides = list.iter().map(|value| &text[value.span()]).collect::<Vec<_>>();
                let (typed, place) = (&text[value.span()], sides.join(", "));
                return Err(format!("layer.at = {typed}: a place is text: at = \"{place}\""));
            }
            // Effects as they are typed on the command line.
            DeValue::Array(_) if is_at(&path, "effect") => {}
            DeValue::Array(list)
                if is_at(&path, "size") && list.iter().all(|v| v.get_ref().as_str().is_none()) =>
            {
                let sides = list.iter().map(|value| &text[value.span()]).collect::<Vec<_>>();
                let (typed, size) = (&text[value.span()], sides.join("x"));
                return Err(format!("{path} = {typed}: a size is text: size = \"{size}\""));
            }
            DeValue::Array(list) if list.is_empty() => {
                return Err(format!("{path} = []: a list has at least one value"));
            }
            DeValue::Array(list) => {
                let values = list.iter().map(|value| read(text, value)).collect();
                axes.push(Axis { place: value.span(), values });
            }
            _ => {}
        }
    }
    Ok(())
}

fn read(text: &str, value: &Spanned<DeValue<'_>>) -> (String, String) {
    let written = text.get(value.span()).unwrap_or_default().to_string();
    let called = value.get_ref().as_str().map_or_else(|| written.clone(), str::to_string);
    (written, called)
}

/// A name for one of many: with the values that make it what it is, as far as a name may hold them.
pub(super) fn name(name: &str, values: &[String]) -> String {
    let fit = |c: char| if c.is_alphanumeric() || "._-+".contains(c) { c } else { '_' };
    let parts = values.iter().map(|value| value.chars().map(fit).collect::<String>());
    std::iter::once(name.to_string()).chain(parts).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<Vec<String>> {
        expand(text).expect("valid").into_iter().map(|c| c.values).collect()
    }

    #[test]
    fn every_combination_is_there_once_the_last_changing_quickest() {
        let text = "seed = [1, 2]\n[wave]\na = ['0..1', '1..2', \"2..3\"] # why\nmesh = 3\n";
        let all = expand(text).expect("valid");
        assert_eq!(all.len(), 6);
        assert_eq!(all[0].text, "seed = 1\n[wave]\na = '0..1' # why\nmesh = 3\n");
        assert_eq!(all[5].text, "seed = 2\n[wave]\na = \"2..3\" # why\nmesh = 3\n");
        let wanted = [["1", "0..1"], ["1", "1..2"], ["1", "2..3"], ["2", "0..1"]];
        assert_eq!(values(text)[..4], wanted);
    }

    #[test]
    fn lists_by_nature_and_recipes_without_lists_are_left_alone() {
        for text in ["[noise]\n", "[exec]\ncommand = ['php', 'x']", "no = = toml"] {
            assert_eq!(expand(text).expect("valid").len(), 1);
            assert_eq!(expand(text).expect("valid")[0].text, text);
        }
        assert!(expand("seed = []").is_err());
        let many =
            format!("seed = {0:?}\nframes = {0:?}\nfps = {0:?}", (1..60).collect::<Vec<_>>());
        assert!(expand(&many).is_err());
    }

    #[test]
    fn names_hold_the_values() {
        let values = ["3".to_string(), "-1..pi/2".into()];
        assert_eq!(name("sea", &values), "sea-3--1..pi_2");
    }
}
