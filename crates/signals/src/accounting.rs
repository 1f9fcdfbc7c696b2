//! Accounting: how much of an alarm each cause explains. Parts and remainder always add up to the total.
//!
//! Requests are counted, not log lines: one failed request may write several lines, and none.

use std::collections::{BTreeMap, BTreeSet};

/// A headline explains at least one in this many of the failures.
const HEADLINE_ONE_IN: u64 = 5;

/// The requests a cause explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requests {
    /// Only their number is known.
    Count(u64),
    /// Each is known by its id, so that what two causes claim is seen.
    Ids(BTreeSet<String>),
}

/// One cause and what it claims in the window of the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the cause is called; parts of one name are one.
    pub cause: String,
    /// What it claims.
    pub requests: Requests,
}

/// One cause's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The cause.
    pub cause: String,
    /// Failed requests that are put down to it.
    pub requests: u64,
    /// What it claimed, before anything was shared or capped.
    pub claimed: u64,
    /// What it must have failed even if every other claim is right: less than `requests` only when claims overlap.
    pub at_least: u64,
    /// Of the total, in percent; all rows and the remainder add up to 100.
    pub percent: u32,
    /// Whether it may head the report: the largest, larger than what is unexplained, and no small part.
    pub is_headline: bool,
}

/// Something the reader must know about the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Two causes claim the same requests; they are counted once, for the first.
    Shared {
        /// Whom they are counted for.
        counted_for: String,
        /// Who claims them, too.
        also_claimed_by: String,
        /// How many.
        requests: u64,
    },
    /// All causes together claim more than failed: some requests have two causes, or were counted in another window. The
    /// claims were cut in proportion.
    OverFull {
        /// What they claim.
        claimed: u64,
        /// What failed.
        total: u64,
    },
}

/// The whole account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What is accounted for: the alarm's own metric in its window.
    pub total: u64,
    /// The causes, largest first, then by name.
    pub rows: Vec<Row>,
    /// What no cause explains.
    pub remainder: u64,
    /// The same in percent of the total.
    pub remainder_percent: u32,
    /// What the reader must know.
    pub notes: Vec<Note>,
}

impl Account {
    /// Whether nothing is left unexplained.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.remainder == 0
    }
}

/// Splits `total` failed requests over causes.
#[must_use]
pub fn account(total: u64, parts: &[Part]) -> Account {
    let mut notes = Vec::new();
    let (mut lines, mut seen_by_id) = merge(parts);
    // Requests known by id go to the largest claim, so that a small cause does not break up a large one.
    seen_by_id.sort_by(|(left, mine), (right, theirs)| theirs.len().cmp(&mine.len()).then(left.cmp(right)));
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for (cause, ids) in &seen_by_id {
        let mut shared: BTreeMap<&str, u64> = BTreeMap::new();
        let mut own = 0_u64;
        for id in ids {
            if let Some(first) = owner.get(id.as_str()) {
                *shared.entry(first).or_default() += 1;
            } else {
                owner.insert(id, cause);
                own += 1;
            }
        }
        if let Some(line) = lines.get_mut(cause) {
            line.requests = line.requests.saturating_add(own);
        }
        notes.extend(shared.into_iter().map(|(first, requests)| Note::Shared {
            counted_for: first.to_owned(),
            also_claimed_by: cause.clone(),
            requests,
        }));
    }
    let mut rows: Vec<_> = lines.into_values().collect();
    let claimed: u128 = rows.iter().map(|row| u128::from(row.requests)).sum();
    let over = claimed.saturating_sub(u128::from(total));
    for row in &mut rows {
        row.at_least =
            u64::try_from(u128::from(row.requests).saturating_sub(over)).unwrap_or(u64::MAX).min(total);
    }
    if over > 0 {
        notes.push(Note::OverFull { claimed: u64::try_from(claimed).unwrap_or(u64::MAX), total });
        let claims: Vec<_> = rows.iter().map(|row| row.requests).collect();
        for (row, requests) in rows.iter_mut().zip(apportion(total, &claims)) {
            row.requests = requests;
        }
    }
    rows.sort_by(|left, right| right.requests.cmp(&left.requests).then(left.cause.cmp(&right.cause)));
    let remainder = total.saturating_sub(rows.iter().map(|row| row.requests).sum());
    let counts: Vec<_> = rows.iter().map(|row| row.requests).chain([remainder]).collect();
    let mut percents = if total == 0 { vec![0; counts.len()] } else { apportion(100, &counts) };
    let remainder_percent =
        percents.pop().and_then(|percent| u32::try_from(percent).ok()).unwrap_or_default();
    let largest = rows.first().map(|row| row.requests).unwrap_or_default();
    for (row, percent) in rows.iter_mut().zip(percents) {
        row.percent = u32::try_from(percent).unwrap_or_default();
        row.is_headline = largest > remainder
            && row.requests == largest
            && u128::from(row.requests) * u128::from(HEADLINE_ONE_IN) >= u128::from(total);
    }
    Account { total, rows, remainder, remainder_percent, notes }
}

/// A cause and the requests it is known to have failed.
type Known = (String, BTreeSet<String>);

/// Parts of one cause put together: a line for each with what is counted, and the ids apart.
fn merge(parts: &[Part]) -> (BTreeMap<String, Row>, Vec<Known>) {
    let mut lines: BTreeMap<String, Row> = BTreeMap::new();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for part in parts {
        let line = lines.entry(part.cause.clone()).or_insert_with(|| Row {
            cause: part.cause.clone(),
            requests: 0,
            claimed: 0,
            at_least: 0,
            percent: 0,
            is_headline: false,
        });
        match &part.requests {
            Requests::Count(count) => line.requests = line.requests.saturating_add(*count),
            Requests::Ids(more) => ids.entry(part.cause.clone()).or_default().extend(more.iter().cloned()),
        }
    }
    for line in lines.values_mut() {
        let known = ids.get(&line.cause).map_or(0, BTreeSet::len);
        line.claimed = line.requests.saturating_add(u64::try_from(known).unwrap_or(u64::MAX));
    }
    (lines, ids.into_iter().collect())
}

/// `seats` split in proportion to `claims` by the largest remainder (Hamilton's method); of equal remainders the larger claim, then the
/// earlier, comes first. Adds up to `seats` unless there are no claims.
fn apportion(seats: u64, claims: &[u64]) -> Vec<u64> {
    let whole: u128 = claims.iter().map(|&claim| u128::from(claim)).sum();
    if whole == 0 {
        return vec![0; claims.len()];
    }
    let share = |claim: u64| {
        let product = u128::from(claim) * u128::from(seats);
        (u64::try_from(product / whole).unwrap_or(u64::MAX), product % whole)
    };
    let mut given: Vec<_> = claims.iter().map(|&claim| share(claim).0).collect();
    let left = seats.saturating_sub(given.iter().sum());
    let mut order: Vec<_> =
        claims.iter().enumerate().map(|(index, &claim)| (share(claim).1, claim, index)).collect();
    order.sort_by(|left, right| right.0.cmp(&left.0).then(right.1.cmp(&left.1)).then(left.2.cmp(&right.2)));
    for (_, _, index) in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(seats) = given.get_mut(index) {
            *seats += 1;
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(cause: &str, count: u64) -> Part {
        Part { cause: cause.to_owned(), requests: Requests::Count(count) }
    }

    fn known(cause: &str, ids: &[&str]) -> Part {
        let ids = ids.iter().map(|&id| id.to_owned()).collect();
        Part { cause: cause.to_owned(), requests: Requests::Ids(ids) }
    }

    fn lines(account: &Account) -> Vec<(&str, u64, u32, bool)> {
        account
            .rows
            .iter()
            .map(|row| (row.cause.as_str(), row.requests, row.percent, row.is_headline))
            .collect()
    }

    #[test]
    fn three_causes_account_for_all_of_it() {
        let found = account(
            100,
            &[
                counted("environment", 5),
                counted("concurrency", 11),
                counted("role", 5),
                counted("concurrency", 79),
            ],
        );
        assert_eq!(
            lines(&found),
            [("concurrency", 90, 90, true), ("environment", 5, 5, false), ("role", 5, 5, false)]
        );
        assert!(found.is_complete() && found.notes.is_empty());
    }

    #[test]
    fn the_unexplained_rest_is_shown_and_a_small_cause_is_no_headline() {
        let found = account(1000, &[counted("a", 50)]);
        assert_eq!(
            (lines(&found), found.remainder, found.remainder_percent),
            (vec![("a", 50, 5, false)], 950, 95)
        );
        // Larger than the rest, but one in seven.
        let many: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"].map(|cause| counted(cause, 10)).to_vec();
        assert!(account(70, &many).rows.iter().all(|row| !row.is_headline));
        assert_eq!(
            account(10, &[counted("a", 5), counted("b", 5)])
                .rows
                .iter()
                .filter(|row| row.is_headline)
                .count(),
            2
        );
        assert_eq!(lines(&account(0, &[counted("a", 0)])), [("a", 0, 0, false)]);
        assert_eq!(account(7, &[]).remainder, 7);
    }

    #[test]
    fn what_two_causes_claim_is_counted_once() {
        let found = account(5, &[known("small", &["1", "2"]), known("large", &["2", "3", "4"])]);
        assert_eq!(lines(&found), [("large", 3, 60, true), ("small", 1, 20, false)]);
        assert_eq!(
            found.notes,
            [Note::Shared {
                counted_for: "large".to_owned(),
                also_claimed_by: "small".to_owned(),
                requests: 1
            }]
        );
        assert_eq!((found.rows[1].claimed, found.remainder), (2, 1));
    }

    #[test]
    fn too_much_is_cut_and_said() {
        let found = account(100, &[counted("a", 90), counted("b", 60)]);
        assert_eq!(lines(&found), [("a", 60, 60, true), ("b", 40, 40, false)]);
        assert_eq!(
            found.rows.iter().map(|row| (row.claimed, row.at_least)).collect::<Vec<_>>(),
            [(90, 40), (60, 10)]
        );
        assert_eq!(found.notes, [Note::OverFull { claimed: 150, total: 100 }]);
        // Log lines mistaken for requests: 26 lines of 5 failures.
        let lines_of_log = account(5, &[counted("a", 26)]);
        assert_eq!((lines_of_log.rows[0].requests, lines_of_log.remainder), (5, 0));
    }

    #[test]
    fn thirds_add_up_to_a_hundred() {
        let found = account(3, &[counted("a", 1), counted("b", 1), counted("c", 1)]);
        assert_eq!(found.rows.iter().map(|row| row.percent).collect::<Vec<_>>(), [34, 33, 33]);
    }

    fn part() -> impl Strategy<Value = Part> {
        let count = prop_oneof![0_u64..200, any::<u64>()].prop_map(Requests::Count);
        let ids = prop::collection::btree_set("[a-e]{1,2}", 0..12).prop_map(Requests::Ids);
        ("[x-z]", prop_oneof![count, ids]).prop_map(|(cause, requests)| Part { cause, requests })
    }

    proptest! {
        #[test]
        fn it_always_adds_up(total in prop_oneof![0_u64..300, any::<u64>()], parts in prop::collection::vec(part(), 0..8)) {
            let found = account(total, &parts);
            let sum: u128 = found.rows.iter().map(|row| u128::from(row.requests)).sum();
            prop_assert_eq!(sum + u128::from(found.remainder), u128::from(total));
            let percent: u32 = found.rows.iter().map(|row| row.percent).sum();
            prop_assert_eq!(percent + found.remainder_percent, if total == 0 { 0 } else { 100 });
            for row in &found.rows {
                prop_assert!(row.requests <= row.claimed);
                prop_assert!(row.at_least <= row.requests);
                prop_assert!(!row.is_headline || (row.requests > found.remainder && u128::from(row.requests) * 5 >= u128::from(total)));
            }
            prop_assert!(found.rows.is_sorted_by(|left, right| left.requests >= right.requests));
            let mut turned = parts.clone();
            turned.reverse();
            prop_assert_eq!(account(total, &turned), found);
        }

        #[test]
        fn apportioning_is_fair(seats in 0_u64..1000, claims in prop::collection::vec(0_u64..1000, 1..10)) {
            let given = apportion(seats, &claims);
            let whole: u64 = claims.iter().sum();
            if whole > 0 {
                prop_assert_eq!(given.iter().sum::<u64>(), seats);
                for (given, claim) in given.iter().zip(&claims) {
                    // Within one of the exact quota.
                    let quota = *claim as f64 * seats as f64 / whole as f64;
                    prop_assert!((*given as f64 - quota).abs() < 1.0 + 1e-9);
                }
            }
        }
    }
}
