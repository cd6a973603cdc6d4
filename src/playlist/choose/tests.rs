use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const SECOND: u64 = time::SECOND;

fn choice() -> Choice {
    Choice {
        count: Count::Pieces(1),
        length: (SECOND, SECOND),
        part: Part::default(),
        weight: Weight::Duration,
        snap: Snap::None,
        apart: None,
        shuffle: false,
        seed: 1,
    }
}

fn film(duration: u64) -> Material {
    Material { duration, first: 0, fps: FrameRate { num: 30, den: 1 }, keyframes: Vec::new() }
}

fn picks(choice: &Choice, films: &[Material]) -> Vec<Pick> {
    let mut picks = Vec::new();
    choice
        .choose::<Invalid>(films, |pick| {
            picks.push(pick);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    picks
}

/// How often each outcome comes, one draw a seed.
fn tally<T: Ord>(seeds: u64, draw: impl Fn(u64) -> T) -> BTreeMap<T, u64> {
    let mut tally = BTreeMap::new();
    (0..seeds).for_each(|seed| *tally.entry(draw(seed)).or_default() += 1);
    tally
}

/// Pearson's test: whether counts are those of outcomes that are all as likely. The limit is passed
/// by chance once in some ten thousand times, and the seeds are fixed.
fn is_uniform<T: Ord + std::fmt::Debug>(tally: &BTreeMap<T, u64>, outcomes: usize) {
    assert_eq!(tally.len(), outcomes, "every outcome comes, the first and the last: {tally:?}");
    let expected = tally.values().sum::<u64>() as f64 / outcomes as f64;
    let chi: f64 = tally.values().map(|n| (*n as f64 - expected).powi(2) / expected).sum();
    let freedom = (outcomes - 1) as f64;
    assert!(chi < freedom + 4.0 * (2.0 * freedom).sqrt() + 6.0, "{chi} of {freedom}: {tally:?}");
}

#[test]
fn every_start_is_as_likely_the_first_and_the_last_included() {
    // 1.02 s, and pieces of one second: 21 milliseconds to begin at.
    let films = [film(1_020_000)];
    let starts = tally(8_400, |seed| picks(&Choice { seed, ..choice() }, &films)[0].start);
    is_uniform(&starts, 21);
    assert_eq!(starts.keys().next(), Some(&0));
    assert_eq!(starts.keys().last(), Some(&20_000));
}

#[test]
fn a_part_bounds_the_pieces() {
    let part: Part = "10%..1.5".parse().expect("a part");
    let choice = Choice { part, length: (1_290_000, 1_290_000), ..choice() };
    let starts = tally(3_000, |seed| {
        picks(&Choice { seed, ..choice.clone() }, &[film(2 * SECOND)])[0].start
    });
    is_uniform(&starts, 11);
    assert_eq!(starts.keys().next(), Some(&200_000));
    assert_eq!(starts.keys().last(), Some(&210_000));
}

#[test]
fn frames_are_all_as_likely() {
    // Ten frames, and pieces of three of them, at a rate whose frames are no whole microseconds.
    let material = Material { fps: FrameRate { num: 30_000, den: 1001 }, first: 23_000, ..film(0) };
    let films = [Material { duration: 23_000 + 333_667, ..material }];
    let length = 100_100;
    let choice = Choice { snap: Snap::Frame, length: (length, length), ..choice() };
    let starts = tally(4_000, |seed| picks(&Choice { seed, ..choice.clone() }, &films)[0].start);
    is_uniform(&starts, 8);
    for (n, start) in starts.keys().enumerate() {
        let exact = 23_000.0 + n as f64 * 1_001_000.0 / 30.0;
        assert!((*start as f64 - exact) < 1.0 && *start as f64 >= exact, "{start} for {exact}");
    }
}

#[test]
fn key_frames_are_all_as_likely_and_nothing_else() {
    let keyframes = vec![0, 700_000, 1_900_000, 2_500_000, 2_500_001];
    let films = [Material { keyframes, ..film(3_500_000) }];
    let choice = Choice { snap: Snap::Keyframe, ..choice() };
    let starts = tally(2_000, |seed| picks(&Choice { seed, ..choice.clone() }, &films)[0].start);
    is_uniform(&starts, 4);
    assert_eq!(starts.into_keys().collect::<Vec<_>>(), [0, 700_000, 1_900_000, 2_500_000]);
}

#[test]
fn weights_are_by_moment_or_by_film() {
    // 10, 20 and 30 milliseconds to begin at.
    let films = [film(1_009_000), film(1_019_000), film(1_029_000)];
    let moments = tally(12_000, |seed| {
        let pick = picks(&Choice { seed, ..choice() }, &films)[0];
        (pick.film, pick.start)
    });
    is_uniform(&moments, 60);
    let equal = Choice { weight: Weight::Equal, ..choice() };
    let chosen = tally(3_000, |seed| picks(&Choice { seed, ..equal.clone() }, &films)[0].film);
    is_uniform(&chosen, 3);
}

#[test]
fn lengths_are_uniform_and_long_ones_come_from_long_films() {
    let films = [film(1_004_000), film(1_009_000)];
    let range = Choice { length: (SECOND, 1_009_000), ..choice() };
    let draw = |seed| picks(&Choice { seed, ..range.clone() }, &films)[0];
    is_uniform(&tally(5_000, |seed| draw(seed).length), 10);
    for seed in 0..2_000 {
        let pick = draw(seed);
        assert!(pick.start + pick.length <= films[pick.film as usize].duration, "{pick:?}");
    }
    // Given the length, every moment is as likely: with 1.002 s they are 3 and 8.
    let moments = tally(20_000, draw);
    let of_this: BTreeMap<_, _> =
        moments.into_iter().filter(|(pick, _)| pick.length == 1_002_000).collect();
    is_uniform(&of_this, 11);
}

#[test]
fn pieces_apart_lie_in_every_way_equally_often() {
    // Two of 30 ms with 5 between them in 69 ms leave four over: 5 * 6 / 2 ways.
    let choice = Choice {
        count: Count::Pieces(2),
        length: (30_000, 30_000),
        apart: Some(5_000),
        ..choice()
    };
    let ways = tally(6_000, |seed| {
        let picks = picks(&Choice { seed, ..choice.clone() }, &[film(69_000)]);
        (picks[0].start, picks[1].start)
    });
    is_uniform(&ways, 15);
}

#[test]
fn more_than_fit_are_refused_with_how_many_would() {
    let films = [film(10 * SECOND), film(4_500_000), film(900_000)];
    let choice = Choice { count: Count::Pieces(15), apart: Some(0), ..choice() };
    let error = choice.choose::<Invalid>(&films, |_| Ok(())).expect_err("14 fit");
    assert!(error.to_string().contains("without overlap 14 pieces fit, 14 s together"), "{error}");
    assert_eq!(picks(&Choice { count: Count::Pieces(14), ..choice.clone() }, &films).len(), 14);
    // With a second between them: five and two.
    let apart = Choice { apart: Some(SECOND), count: Count::Pieces(8), ..choice };
    let error = apart.choose::<Invalid>(&films, |_| Ok(())).expect_err("7 fit");
    assert!(error.to_string().contains("7 pieces fit"), "{error}");
}

#[test]
fn what_is_too_long_is_refused() {
    let long = Choice { length: (SECOND, 5 * SECOND), ..choice() };
    let error = long.choose::<Invalid>(&[film(3 * SECOND)], |_| Ok(())).expect_err("3 s");
    assert_eq!(
        error.to_string(),
        "length 1..5: the longest piece that any of the films gives is 3 s"
    );
    let reason = long.refusal(&film(SECOND / 2));
    assert_eq!(reason.as_deref(), Some("it is 0.5 s long, shorter than the 1 s of --length"));
    let part = "90%..".parse().expect("a part");
    let reason = Choice { part, ..long }.refusal(&film(5 * SECOND)).expect("half a second");
    assert!(reason.contains("--between 90%..100% leaves 0.5 of its 5 s"), "{reason}");
}

#[test]
fn a_total_is_exact() {
    for (total, length) in [(10, (2, 3)), (600, (5, 5)), (12, (5, 5)), (1, (2, 3)), (7, (2, 6))] {
        let length = (length.0 * SECOND, length.1 * SECOND);
        for seed in 0..50 {
            let choice = Choice { count: Count::Total(total * SECOND), length, seed, ..choice() };
            let picks = picks(&choice, &[film(100 * SECOND)]);
            let lengths: Vec<u64> = picks.iter().map(|pick| pick.length).collect();
            assert_eq!(lengths.iter().sum::<u64>(), total * SECOND, "{lengths:?}");
            let short = lengths.iter().filter(|l| !(length.0..=length.1).contains(l)).count();
            let unavoidable = matches!(total, 12 | 1);
            assert_eq!(short, usize::from(unavoidable), "{total}: {lengths:?}");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_programme_for_ever() {
    let films = [film(60 * SECOND), film(600 * SECOND)];
    let choice = Choice {
        count: Count::Pieces(4),
        length: (SECOND, 9 * SECOND),
        shuffle: true,
        seed: 12_345,
        ..choice()
    };
    let drawn: Vec<_> =
        picks(&choice, &films).iter().map(|p| (p.film, p.start, p.length)).collect();
    assert_eq!(drawn, GOLDEN);
    let apart = Choice { apart: Some(0), ..choice };
    let drawn: Vec<_> = picks(&apart, &films).iter().map(|p| (p.film, p.start, p.length)).collect();
    assert_eq!(drawn, GOLDEN_APART);
}

const GOLDEN: [(u32, u64, u64); 4] = [
    (1, 176_552_000, 7_085_000),
    (1, 289_953_000, 7_070_000),
    (1, 271_955_000, 7_768_000),
    (1, 135_132_000, 3_286_000),
];
const GOLDEN_APART: [(u32, u64, u64); 4] = [
    (1, 265_112_000, 7_085_000),
    (1, 328_492_000, 7_070_000),
    (1, 508_080_000, 2_952_000),
    (1, 314_475_000, 5_566_000),
];

#[test]
fn sorting_in_parts_is_sorting() {
    // More than are held at once, most of them in one film.
    let films = [film(2 * SECOND), film(5_000 * SECOND), film(3 * SECOND)];
    let many = Choice { count: Count::Pieces(1_500_000), ..choice() };
    let mut all = picks(&Choice { shuffle: true, ..many.clone() }, &films);
    all.sort_unstable();
    assert!(all == picks(&many, &films));
}

proptest! {
    #[test]
    fn pieces_apart_stay_apart_and_inside(
        durations in proptest::collection::vec(1_000_000u64..60_000_000, 1..6),
        count in 1u64..40, shortest in 1u64..3_000, more in 0u64..2_000, gap in 0u64..2_000,
        (start, end) in (0u64..40, 60u64..=100), seed: u64,
        snap in prop_oneof![Just(Snap::None), Just(Snap::Frame), Just(Snap::Keyframe)],
        weight in prop_oneof![Just(Weight::Duration), Just(Weight::Equal)], shuffle: bool,
    ) {
        let part: Part = format!("{start}%..{end}%").parse().expect("a part");
        let choice = Choice {
            count: Count::Pieces(count),
            length: (shortest * 1000, (shortest + more) * 1000),
            part, snap, weight, shuffle, seed,
            apart: Some(gap * 1000),
        };
        let films: Vec<Material> = durations
            .into_iter()
            .map(|duration| Material {
                keyframes: (0..duration).step_by(437_000).collect(),
                ..film(duration)
            })
            .filter(|film| choice.refusal(film).is_none())
            .collect();
        let mut picks = Vec::new();
        let result = choice.choose::<Invalid>(&films, |pick| {
            picks.push(pick);
            Ok(())
        });
        if result.is_err() {
            prop_assert!(picks.is_empty());
            return Ok(());
        }
        prop_assert_eq!(picks.len() as u64, count);
        picks.sort_unstable();
        for pick in &picks {
            let film = &films[pick.film as usize];
            let (from, to) = (film.duration * start / 100, film.duration * end / 100);
            // A frame's time is rounded up to the microsecond.
            prop_assert!(pick.start >= from && pick.start + pick.length <= to + 1, "{:?}", pick);
            prop_assert!((choice.length.0..=choice.length.1).contains(&pick.length));
            if snap == Snap::Keyframe {
                prop_assert!(film.keyframes.contains(&pick.start));
            }
        }
        for pair in picks.windows(2).filter(|pair| pair[0].film == pair[1].film) {
            let end = pair[0].start + pair[0].length + gap * 1000;
            prop_assert!(end <= pair[1].start + 1, "{:?}", pair);
        }
    }

    #[test]
    fn parts_read_back(a in 0u64..1_000_000_000, b in 1u64..1_000_000_000, percent: bool) {
        let edge = |n: u64| if percent { Edge::Percent(n % 100_000_000) } else { Edge::Time(n) };
        let part = Part { start: edge(a), end: edge(a + b) };
        if let Ok(read) = part.to_string().parse::<Part>() {
            prop_assert_eq!(read, part);
        }
    }
}
