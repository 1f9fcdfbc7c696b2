//! The exam's question about secrets: none is in what is stored, names are.

use super::history::{at, seen};
use butfor_store::{Filter, Store};

/// Where a secret is planted: service-less operation names will do, the places are known by their members. `%` is the
/// secret, `NAME` must be found again.
const PLACES: &[&str] = &[
    r#"{"FunctionName":"NAME","Environment":{"Variables":{"NAME":"%"}}}"#,
    r#"{"Functions":[{"Environment":{"Variables":{"NAME":"%"}}},{"FunctionName":"other"}]}"#,
    r#"{"taskDefinition":{"containerDefinitions":[{"name":"NAME","environment":[{"name":"NAME","value":"%"}]}]}}"#,
    r#"{"taskDefinition":{"containerDefinitions":[{"secrets":[{"name":"NAME","valueFrom":"%"}]}]}}"#,
    r#"{"projects":[{"environment":{"environmentVariables":[{"name":"NAME","value":"%"}]}}]}"#,
    r#"{"OptionSettings":[{"Namespace":"aws:elasticbeanstalk:application:environment","OptionName":"NAME","Value":"%"}]}"#,
    r#"{"InstanceId":"NAME","UserData":{"Value":"%"}}"#,
    r#"{"LaunchTemplateVersions":[{"LaunchTemplateData":{"KeyName":"NAME","UserData":"%"}}]}"#,
    r#"{"Stacks":[{"StackName":"NAME","Parameters":[{"ParameterKey":"DbPassword","ParameterValue":"%"}]}]}"#,
    r#"{"Stacks":[{"StackName":"NAME","Outputs":[{"OutputKey":"ApiToken","OutputValue":"%"}]}]}"#,
    r#"{"Parameters":[{"ParameterKey":"NAME","NoEcho":true,"DefaultValue":"%"}]}"#,
    r#"{"DBInstances":[{"DBInstanceIdentifier":"NAME","PendingModifiedValues":{"MasterUserPassword":"%"}}]}"#,
    r#"{"Parameter":{"Name":"NAME","Type":"SecureString","Value":"%"}}"#,
    r#"{"Description":"NAME postgres://app:%@db.internal:5432/x"}"#,
    r#"{"Description":"NAME Server=x;Password=%;Encrypt=true"}"#,
    r#"{"Document":"{\"name\":\"NAME\",\"password\":\"%\"}"}"#,
    r#"{"Text":"NAME -----BEGIN PRIVATE KEY-----\n%\n-----END PRIVATE KEY-----"}"#,
    r#"{"Text":"NAME Authorization: Bearer %"}"#,
    r#"{"Credentials":{"Name":"NAME","SecretAccessKey":"%","SessionToken":"%"}}"#,
    r#"{"VpnConnections":[{"VpnConnectionId":"NAME","Options":{"TunnelOptions":[{"PreSharedKey":"%"}]}}]}"#,
];

/// Letters a secret is made of: what passwords and tokens have, but for what would end it where it is planted.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=";

pub async fn no_secret_is_in_what_is_stored(store: Store) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut planted = Vec::new();
    for round in 0..5_usize {
        for (index, place) in PLACES.iter().enumerate() {
            let length = random.usize(16..60);
            // It begins with a letter: `=` or `/` first would be no password but the end of one.
            let secret: String = std::iter::once('x')
                .chain((0..length).map(|_| LETTERS[random.usize(..LETTERS.len())].into()))
                .collect();
            let name = format!("NAME{round}x{index}x");
            let output = place.replace("NAME", &name).replace('%', &secret);
            let one =
                seen(&store, i64::try_from(planted.len()).unwrap(), &format!("Get{round}X{index}"), &output);
            assert!(!one.output.contains(&secret), "seed {seed}: `{secret}` is in {}", one.output);
            store.history().put(&[one]).await.unwrap();
            planted.push((name, secret));
        }
    }
    // What comes out of the store is all there is in it, unpacked.
    let stored = store.history().at(at(1_000_000), &Filter::default()).await.unwrap();
    assert_eq!(stored.len(), planted.len());
    let all: String = stored.iter().map(|observed| observed.observation.output.as_str()).collect();
    for (name, secret) in &planted {
        assert!(!all.contains(secret.as_str()), "seed {seed}: `{secret}` of {name}");
        assert!(all.contains(name.as_str()), "seed {seed}: the name {name} is gone");
    }
    store.tidy().await.unwrap();
    PLANTED.lock().unwrap().extend(planted.into_iter().map(|(_, secret)| secret));
}

/// What was planted last, for the look into the file.
pub static PLANTED: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());

/// No byte of any file of the database is part of a planted secret.
pub fn look_into(folder: &std::path::Path) {
    let planted = std::mem::take(&mut *PLANTED.lock().unwrap());
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in &planted {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "`{secret}` is in {}", path.display());
        }
    }
}
