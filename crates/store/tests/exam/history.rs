//! The exam's questions about history.

use butfor_incident::Timestamp;
use butfor_store::{Filter, Kept, Observation, Redacted, Store};

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_760_000_000 + seconds)
}

pub fn seen(store: &Store, seconds: i64, operation: &str, output: &str) -> Redacted<Observation> {
    let observation = Observation {
        at: at(seconds),
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
        service: "ec2".to_owned(),
        operation: operation.to_owned(),
        parameters: "{}".to_owned(),
        output: output.to_owned(),
    };
    store.redactor().redact(observation).unwrap()
}

/// A describe answer whose groups have these versions.
fn groups(versions: &[u32]) -> String {
    let groups: Vec<String> = versions
        .iter()
        .enumerate()
        .map(|(index, version)| format!(r#"{{"GroupId":"sg-{index}","Version":"{version}"}}"#))
        .collect();
    format!(r#"{{"Owner":"1","SecurityGroups":[{}]}}"#, groups.join(","))
}

async fn state(store: &Store, seconds: i64) -> Option<String> {
    let found = store.history().at(at(seconds), &Filter::default()).await.unwrap();
    assert!(found.len() <= 1);
    found.into_iter().next().map(|observed| observed.observation.output)
}

pub async fn same_answers_are_kept_once(store: Store) {
    let history = store.history();
    let put = async |seconds, versions: &[u32]| {
        history.put(&[seen(&store, seconds, "DescribeSecurityGroups", &groups(versions))]).await.unwrap()
    };
    assert_eq!(put(0, &[1, 1, 1]).await, Kept { new: 1, same: 0 });
    assert_eq!(put(60, &[1, 1, 1]).await, Kept { new: 0, same: 1 });
    assert_eq!(put(120, &[1, 2, 1]).await, Kept { new: 1, same: 0 });
    assert_eq!(put(180, &[1, 1, 1]).await, Kept { new: 1, same: 0 });
    let size = history.size().await.unwrap();
    // Three spans of two answers, made of four versions of groups and one skeleton.
    assert_eq!((size.queries, size.spans, size.answers, size.items), (1, 3, 2, 5));

    assert_eq!(state(&store, -1).await, None);
    assert_eq!(state(&store, 0).await, Some(groups(&[1, 1, 1])));
    assert_eq!(state(&store, 119).await, Some(groups(&[1, 1, 1])));
    assert_eq!(state(&store, 120).await, Some(groups(&[1, 2, 1])));
    assert_eq!(state(&store, 9999).await, Some(groups(&[1, 1, 1])));
    let found = history.at(at(100), &Filter::default()).await.unwrap();
    assert_eq!((found[0].first_at, found[0].last_at, found[0].observation.at), (at(0), at(60), at(60)));
}

pub async fn a_filter_and_a_cursor_find_what_they_should(store: Store) {
    let history = store.history();
    for second in 0..10_u32 {
        let output = groups(&[second]);
        let both = [
            seen(&store, second.into(), "DescribeSecurityGroups", &output),
            seen(&store, second.into(), "DescribeVpcs", r#"{"Vpcs":[]}"#),
        ];
        history.put(&both).await.unwrap();
    }
    let only = |operation: &str| Filter { operation: Some(operation.to_owned()), ..Filter::default() };
    assert_eq!(history.at(at(5), &Filter::default()).await.unwrap().len(), 2);
    assert_eq!(history.at(at(5), &only("DescribeVpcs")).await.unwrap().len(), 1);
    let elsewhere = Filter { region: Some("us-east-1".to_owned()), ..Filter::default() };
    assert_eq!(history.at(at(5), &elsewhere).await.unwrap().len(), 0);

    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = history.between(at(2), at(6), &Filter::default(), after, 2).await.unwrap();
        all.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let outputs: Vec<_> = all
        .iter()
        .filter(|observed| observed.observation.operation == "DescribeSecurityGroups")
        .map(|observed| observed.observation.output.clone())
        .collect();
    assert_eq!(outputs, (2..=6).map(|second| groups(&[second])).collect::<Vec<_>>());
    assert_eq!(all.len(), 6, "and the one answer that held all the time");
}

/// Observations in any order give the states they tell of, whatever was known before.
pub async fn the_order_of_arrival_does_not_matter(store: Store) {
    let history = store.history();
    let mut random = fastrand::Rng::with_seed(5);
    let mut told: Vec<(i64, u32)> = (0..60).map(|second| (second, random.u32(0..3))).collect();
    random.shuffle(&mut told);
    for (second, version) in &told {
        history.put(&[seen(&store, *second, "DescribeSecurityGroups", &groups(&[*version]))]).await.unwrap();
    }
    for (second, version) in told {
        assert_eq!(state(&store, second).await, Some(groups(&[version])), "second {second}");
    }
}

pub async fn pruning_forgets_the_past_and_nothing_else(store: Store) {
    let history = store.history();
    for day in 0..20_u32 {
        let output = groups(&[day, 7, day / 4]);
        history
            .put(&[seen(&store, i64::from(day) * 86400, "DescribeSecurityGroups", &output)])
            .await
            .unwrap();
    }
    let gone = r#"{"Vpcs":[{"VpcId":"vpc-1"}]}"#;
    history.put(&[seen(&store, 0, "DescribeVpcs", gone)]).await.unwrap();
    let before = history.size().await.unwrap();
    let limit = 10 * 86400 + 3600;
    assert_eq!(history.prune(at(limit)).await.unwrap(), 11, "ten days and the query nobody asked again");
    let after = history.size().await.unwrap();
    assert!(after.items < before.items && after.answers == 10 && after.queries == 1, "{after:?}");
    assert_eq!(state(&store, limit - 7200).await, None);
    assert_eq!(state(&store, limit).await, Some(groups(&[10, 7, 2])), "the state until the next was seen");
    for day in 11..20_u32 {
        assert_eq!(state(&store, i64::from(day) * 86400).await, Some(groups(&[day, 7, day / 4])));
    }
    assert_eq!(history.prune(at(limit)).await.unwrap(), 0);
    // What is seen after pruning finds its items again or makes them anew.
    history.put(&[seen(&store, 30 * 86400, "DescribeSecurityGroups", &groups(&[0, 7, 0]))]).await.unwrap();
    assert_eq!(state(&store, 30 * 86400).await, Some(groups(&[0, 7, 0])));
}

/// Several writers at once (replicas, `butfor snapshot` beside the service): nothing is lost or stored twice.
pub async fn writers_at_once_agree(store: Store) {
    let tasks: Vec<_> = (0..8_u32)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for second in 0..10_i64 {
                    let operation = format!("Describe{}", task % 4);
                    let one = seen(&store, second, &operation, &groups(&[u32::try_from(second).unwrap(), 1]));
                    store.history().put(&[one]).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let size = store.history().size().await.unwrap();
    assert_eq!((size.queries, size.answers, size.spans), (4, 10, 40));
}
