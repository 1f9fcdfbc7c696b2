//! The command line: what can be asked, in words.

mod service;

pub(crate) use service::{Audit, AuditAction, Database, Export, LogFormat, Serve};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

const AFTER_HELP: &str = "\
Exit codes: 0 a result was reached, 1 internal error, 2 bad input (also when a result was printed and part of
the input could not be read; what and where is on standard error).

Start here:
  butfor demo                            a recorded incident that comes with this program
  butfor investigate ./incident          your own, see the README for how to record one";

/// From a cloud incident to its root cause and a checked fix.
#[derive(Debug, Parser)]
#[command(name = "butfor", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what broke, which change broke it, and the fix: in a live account, or in a recorded incident
    #[command(after_help = INVESTIGATE_HELP)]
    Investigate(Investigate),
    /// Write what an investigation of a live account reads as a bundle; replaying it gives the same report
    #[command(after_help = RECORD_HELP)]
    Record(Record),
    /// Check credentials, accounts, trails, permissions and history before they are needed
    #[command(after_help = DOCTOR_HELP)]
    Doctor(Doctor),
    /// Keep the configuration of live accounts in the history, so that the state before an incident is known
    #[command(after_help = SNAPSHOT_HELP)]
    Snapshot(Snapshot),
    /// Walk one flow, or many, through the recorded network: does it get there and back, and what decides
    #[command(after_help = TRACE_HELP)]
    Trace(Trace),
    /// Ask every policy layer about one request, or many: may it, and which statement of which policy decides
    #[command(after_help = AUTHORIZE_HELP)]
    Authorize(Authorize),
    /// List every recorded change, oldest first, with who made it
    #[command(after_help = CHANGES_HELP)]
    Changes(Changes),
    /// Investigate a recorded incident and answer a question about it, without a model
    #[command(after_help = ASK_HELP)]
    Ask(Ask),
    /// Run the service: signed webhooks in, a live page, verdicts to the people; `--demo` needs nothing
    #[command(after_help = service::SERVE_HELP)]
    Serve(Serve),
    /// Check the service's audit log: is every row as it was written
    Audit(Audit),
    /// Make another administrator's token for the service, for whoever lost the first
    AdminToken(Database),
    /// Print everything the service knows of an incident, as lines of JSON
    Export(Export),
    /// Show which incidents recorded alarms would have become, with the reason for every link
    #[command(after_help = REPLAY_ALERTS_HELP)]
    ReplayAlerts(ReplayAlerts),
    /// Investigate a recorded incident that comes with this program: two accounts, a transit gateway, no cloud needed
    Demo(Demo),
    /// Make a recorded incident shareable: pseudonyms for names, accounts, addresses and ids, no secrets, the same verdict
    #[command(after_help = REDACT_HELP)]
    Redact(Redact),
    /// Check the configuration file, or print one to begin with
    #[command(after_help = CONFIG_HELP)]
    Config(ConfigFile),
    /// Print the least policy that lets Butfor read AWS, and the role that carries it
    #[command(after_help = IAM_POLICY_HELP)]
    IamPolicy(IamPolicy),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(Completions),
}

const INVESTIGATE_HELP: &str = "\
Examples:
  butfor investigate --alarm orders-5xx --region eu-west-1
  butfor investigate --alarm orders-5xx --profile ops --account 111122223333 \\
                     --account 444455556666=arn:aws:iam::444455556666:role/ButforRead
  butfor investigate --preset latest-alarm
  butfor investigate ./incident
  butfor investigate ./incident --format markdown > report.md
  butfor investigate ./incident --format json | jq '.verdict'
  butfor investigate ./incident --format picture | jq '.paths[0]'

A live investigation reads and never changes anything. Credentials are found as the AWS CLI finds them.";

#[derive(Debug, Args)]
pub(crate) struct Investigate {
    /// Folder with a bundle.json, or with output of the AWS CLI; none for a live account
    #[arg(value_name = "BUNDLE", value_hint = ValueHint::AnyPath, required_unless_present_any = ["alarm", "preset"], conflicts_with_all = ["alarm", "preset"])]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: Live,
    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

const RECORD_HELP: &str = "\
Examples:
  butfor record --alarm orders-5xx --region eu-west-1 --out ./incident
  butfor investigate ./incident";

#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(flatten)]
    pub(crate) live: Live,
    /// New folder to write the bundle into
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// Where and what to look at in a live account.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live account")]
pub(crate) struct Live {
    /// The CloudWatch alarm to investigate, by name
    #[arg(long, value_name = "NAME", conflicts_with = "preset")]
    pub(crate) alarm: Option<String>,
    /// A starting point without an alarm's name
    #[arg(long, value_enum, visible_alias = "presets", value_name = "PRESET")]
    pub(crate) preset: Option<Preset>,
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(flatten)]
    pub(crate) data: Data,
    /// How long before the alarm changes are looked for: 30m, 2h, 7d
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = duration)]
    pub(crate) since: Duration,
    /// Investigate the alarm's change of state at this moment in the past, not its present one
    #[arg(long, value_name = "MOMENT")]
    pub(crate) at: Option<String>,
    /// A log group of the application; may be given several times [default: told by the alarm, else the groups that are not AWS's own]
    #[arg(long, value_name = "NAME")]
    pub(crate) log_group: Vec<String>,
    /// Queries at the most; what does not fit is a gap in the report [default: the configured budget]
    #[arg(long, value_name = "N")]
    pub(crate) max_queries: Option<usize>,
}

/// How AWS is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connect {
    /// Profile of the AWS CLI to take credentials from
    #[arg(long, value_name = "P")]
    pub(crate) profile: Option<String>,
    /// Region of the alarm [default: AWS_REGION]
    #[arg(long, value_name = "R")]
    pub(crate) region: Option<String>,
    /// An account that may be read, alone or with the role to assume: ID or ID=ROLE_ARN; the alarm's account first, then
    /// others in which a way may lead. May be given several times [default: the account of the credentials]
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub(crate) account: Vec<Account>,
    /// External id that the roles' trust policies ask for
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Send calls to this address instead of AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Configuration file [default: see `butfor config --help`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
}

const DOCTOR_HELP: &str = "\
Examples:
  butfor doctor --region eu-west-1
  butfor doctor --account 111122223333 --account 444455556666=arn:aws:iam::444455556666:role/ButforRead

Exit code 2 when something fails; what it costs and what to do stand below it.";

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Where Butfor keeps what it keeps.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Folder of the history [default: BUTFOR_DATA, else the usual place for data of programs]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,
}

const SNAPSHOT_HELP: &str = "\
Examples:
  butfor snapshot --region eu-west-1
  butfor snapshot --region eu-west-1 --every 1h --keep-days 90

Values of environment variables and whatever looks like a secret are replaced before anything is stored; names stay.";

#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Go on, and look again so often: 15m, 1h, 1d [default: once]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) every: Option<Duration>,
    /// Forget what was last seen longer ago than this
    #[arg(long, value_name = "DAYS")]
    pub(crate) keep_days: Option<u32>,
    /// The moment that the answers are kept under, for tests of what comes after
    #[arg(long, value_name = "MOMENT", hide = true)]
    pub(crate) as_of: Option<String>,
}

/// Starting points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// The alarm that went off last
    LatestAlarm,
    /// The error count that rose most in the last hour
    ErrorRate,
    /// The processor load that rose most in the last hour
    HighCpu,
}

/// An account that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Twelve digits.
    pub(crate) id: String,
    /// The role to assume there.
    pub(crate) role: Option<String>,
}

fn account(text: &str) -> Result<Account, String> {
    let (id, role) = text.split_once('=').map_or((text, None), |(id, role)| (id, Some(role.to_owned())));
    if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "`{id}` is no account: expected 12 digits, then `=` and a role's ARN where one is assumed"
        ));
    }
    match &role {
        Some(arn) if !(arn.starts_with("arn:") && arn.contains(":role/")) => {
            Err(format!("`{arn}` is no role: expected an ARN such as arn:aws:iam::{id}:role/ButforRead"))
        }
        _ => Ok(Account { id: id.to_owned(), role }),
    }
}

/// `30m`, `2h`, `7d`, `45s`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no length of time: expected a number and s, m, h or d, such as 2h");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    match number.checked_mul(seconds) {
        Some(seconds @ 1..=7_776_000) => Ok(Duration::from_secs(seconds)),
        // CloudTrail's event history.
        _ => Err(format!("`{text}` is out of range: from 1s to 90d")),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

const ASK_HELP: &str = "\
Questions are compared with a table of phrasings; `butfor ask ./incident help` lists what can be asked. Each line of an answer names
the report's evidence; what the report does not know is said to be not known.

Examples:
  butfor ask ./incident \"why not the route table?\"
  butfor ask ./incident who did it
  butfor ask ./incident \"what changed in the last 30 minutes?\"";

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Folder with a bundle.json, or with output of the AWS CLI
    #[arg(value_name = "BUNDLE", value_hint = ValueHint::AnyPath)]
    pub(crate) bundle: PathBuf,
    /// The question, in one word or many
    #[arg(value_name = "QUESTION", required = true)]
    pub(crate) question: Vec<String>,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For a person at a screen
    #[default]
    Terminal,
    /// For a ticket
    Markdown,
    /// For programs, schema butfor-report/1
    Json,
    /// For drawings: places, ways hop by hop, changes and charts as JSON, schema butfor-picture/1
    Picture,
}

const TRACE_HELP: &str = "\
Examples:
  butfor trace ./incident --from i-0123 --to i-0456 --proto tcp --port 443
  butfor trace ./snapshot --from eni-0123 --to 198.51.100.7 --port 443 --format json
  butfor trace ./incident --from i-0123 --to 10.0.2.7 --port 5432 --at 2026-05-02T13:00:00Z
  butfor trace ./snapshot --jsonl < requests.jsonl > results.jsonl

A request line:  {\"id\": 1, \"flow\": {\"from\": {\"kind\": \"instance\", \"id\": \"i-0123\"}, \"to_ip\": \"10.0.2.7\",
                  \"proto\": \"tcp\", \"dst_port\": 443}}
A result line:   {\"id\": 1, \"disposition\": \"delivered | blocked | unknown\", \"forward\": {...}, \"return\": {...},
                  \"blockers\": [{\"code\", \"component\", \"rule\", \"direction\"}]}
A line that cannot be read gives {\"id\": ..., \"error\": \"...\"} in its place, and exit code 2 at the end.";

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Folder with a bundle.json, folder with output of the AWS CLI, or one snapshot file
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// Where the flow starts: an instance, interface, address or resource id
    #[arg(long, value_name = "X", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub(crate) from: Option<String>,
    /// Where it goes: an instance, interface, address or resource id
    #[arg(long, value_name = "Y", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub(crate) to: Option<String>,
    /// Protocol: tcp, udp, icmp, icmpv6 or a number
    #[arg(long, default_value = "tcp", conflicts_with = "jsonl")]
    pub(crate) proto: String,
    /// Destination port
    #[arg(long, value_name = "N", conflicts_with = "jsonl")]
    pub(crate) port: Option<u16>,
    /// Source port [default: 49152, an ephemeral one]
    #[arg(long, value_name = "N", conflicts_with = "jsonl")]
    pub(crate) source_port: Option<u16>,
    /// The network as it was at this moment [default: as last recorded]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Read requests from standard input, one JSON object a line, and write one result a line, in order
    #[arg(long, conflicts_with = "format")]
    pub(crate) jsonl: bool,
    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

const AUTHORIZE_HELP: &str = "\
Examples:
  butfor authorize ./incident --principal arn:aws:iam::111122223333:role/orders --action s3:GetObject \\
                              --resource arn:aws:s3:::orders-exports/today.csv
  butfor authorize ./incident --principal i-0123 --action s3:ListBucket --resource arn:aws:s3:::orders-exports
  butfor authorize ./incident --principal ... --via vpce-0123 --context aws:SourceIp=203.0.113.9 --at 2026-05-02T13:00:00Z
  butfor authorize --jsonl < requests.jsonl > decisions.jsonl

A request line:  {\"id\": 1, \"principal\": \"arn:aws:iam::111111111111:user/ana\", \"action\": \"s3:GetObject\",
                  \"resource\": \"arn:aws:s3:::b/k\", \"resource_account\": \"111111111111\", \"context\": {...},
                  \"identity\": [{policy}], \"resource_policy\": {policy}, \"boundary\": {policy}, \"session\": {policy},
                  \"scp\": [[{policy}]], \"rcp\": [[{policy}]], \"vpce\": {policy}}
                 scp and rcp have a list for each level, the root first; what is not in the context is absent
A result line:   {\"id\": 1, \"decision\": \"allow | explicit_deny | implicit_deny | unknown\", \"deny_layers\": [...],
                  \"checks\": [{\"layer\", \"level\", \"effect\", \"statements\": [{\"policy\", \"statement\"}]}],
                  \"missing\": [...], \"problems\": [{\"policy\", \"path\", \"message\"}]}
A line that cannot be read gives {\"id\": ..., \"line\": ..., \"error\": \"...\"} in its place, and exit code 2 at the end.";

#[derive(Debug, Args)]
pub(crate) struct Authorize {
    /// Folder with a bundle.json, or folder with output of the AWS CLI
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub(crate) path: Option<PathBuf>,
    /// Who asks: the ARN of a role, session, user or function, the id of an instance, the name of a service
    #[arg(long, value_name = "ARN", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub(crate) principal: Option<String>,
    /// What for: `s3:GetObject`
    #[arg(long, value_name = "ACTION", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub(crate) action: Option<String>,
    /// On what: an ARN, or `*`
    #[arg(long, value_name = "ARN", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub(crate) resource: Option<String>,
    /// The VPC endpoint the request goes through [default: told by the caller's subnet]
    #[arg(long, value_name = "VPCE", conflicts_with = "jsonl")]
    pub(crate) via: Option<String>,
    /// A context key of the request that the recording does not tell; may be given again
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "jsonl")]
    pub(crate) context: Vec<String>,
    /// The policies as they were at this moment [default: as last recorded]
    #[arg(long, value_name = "TIME", conflicts_with = "jsonl")]
    pub(crate) at: Option<String>,
    /// Read requests with their policies from standard input, one JSON object a line, and write one decision a line, in order
    #[arg(long, conflicts_with = "format")]
    pub(crate) jsonl: bool,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

const CHANGES_HELP: &str = "\
Examples:
  butfor changes ./incident
  butfor changes ./incident --format json | jq '.changes[] | select(.event_name == \"DeleteRoute\")'";

#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// Folder with a bundle.json, or with CloudTrail log files
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// How to write the list
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

const REPLAY_ALERTS_HELP: &str = "\
Examples:
  butfor replay-alerts last-month.jsonl
  butfor replay-alerts ./alerts --topology ./incident --format json | jq '.counts'

A file is JSON lines, a JSON list or one payload: SNS messages, EventBridge events, webhooks, PagerDuty events, Alertmanager bodies.
A line may tell when it was received: {\"received_at\": \"2026-05-02T13:37:00Z\", \"is_test\": false, \"body\": {...}}; else the
alarm's own time counts. Nothing is investigated, so that no link rests on a proven cause.
An incident is closed 10 minutes after its last alarm went back to OK, or when nothing was heard of it for --close-after.
A line that cannot be read is named with its number, does not lose the others, and makes the exit code 2.";

#[derive(Debug, Args)]
pub(crate) struct ReplayAlerts {
    /// File of recorded alarms, or a folder of such files
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Recorded incident or output of the AWS CLI that tells applications and dependencies [default: nothing is known of them]
    #[arg(long, value_name = "BUNDLE", value_hint = ValueHint::AnyPath)]
    pub(crate) topology: Option<PathBuf>,
    /// How long an incident stays open without news: 30m, 4h, 1d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = duration)]
    pub(crate) close_after: Duration,
    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a screen
    #[default]
    #[value(alias = "text")]
    Terminal,
    /// For programs
    Json,
}

const REDACT_HELP: &str = "\
Pseudonyms are consistent: what is called the same before is called the same afterwards, in policies, logs and events. Address blocks hold what they
held, private addresses stay private, and AWS's own words stay. Values of variables and secrets are replaced outright.
Names that are nowhere but in a sentence of a log cannot be told from other words: look at the result before you share it.

Examples:
  butfor redact ./incident --out ./shareable
  butfor redact ./incident --out ./shareable --seed \"$(cat seed.txt)\"       the same pseudonyms as last time
  butfor investigate ./shareable";

#[derive(Debug, Args)]
pub(crate) struct Redact {
    /// Folder with a bundle.json, or with output of the AWS CLI
    #[arg(value_name = "BUNDLE", value_hint = ValueHint::AnyPath)]
    pub(crate) bundle: PathBuf,
    /// Folder to write, which must not be there yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Text that decides the pseudonyms; whoever knows it can test guesses [default: chance]
    #[arg(long, value_name = "TEXT")]
    pub(crate) seed: Option<String>,
}

const CONFIG_HELP: &str = "\
A configuration file is looked for here; the first one found holds, and without one the defaults do:
  --config FILE, $BUTFOR_CONFIG, ./butfor.toml, ~/.config/butfor/butfor.toml
Every option is explained in docs/configuration.md and in the example.

Examples:
  butfor config --example > butfor.toml
  butfor config --check
  butfor config --check /etc/butfor/butfor.toml";

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ConfigFile {
    /// Print a file with every option as a comment
    #[arg(long)]
    pub(crate) example: bool,
    /// Say what is wrong with a file [default: the one that would be used]
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_hint = ValueHint::FilePath)]
    pub(crate) check: Option<Option<PathBuf>>,
}

const IAM_POLICY_HELP: &str = "\
Exact actions, none of which writes or reads what it guards: no values of secrets or parameters, no items, no objects but logs.
Log files in buckets with a key of your own need kms:Decrypt on that key, too: AWS counts it as a write, so it is not in here.

Examples:
  butfor iam-policy --principal arn:aws:iam::111122223333:role/butfor --external-id orders-4711 --format cloudformation > role.json
  aws cloudformation deploy --stack-name butfor --template-file role.json --capabilities CAPABILITY_NAMED_IAM
  butfor iam-policy --format terraform > butfor.tf
  butfor iam-policy | jq '.policies[0].document' > policy.json";

#[derive(Debug, Args)]
pub(crate) struct IamPolicy {
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PolicyFormat,
    /// Who may assume the role: ARN of an account (arn:aws:iam::111122223333:root), a role or a user
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,
    /// External id that must be given to assume the role
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Let the role be assumed with session tags
    #[arg(long)]
    pub(crate) session_tags: bool,
    /// Bucket of CloudTrail or flow log files; may be given again [default: those configured, else any, under AWSLogs/]
    #[arg(long, value_name = "BUCKET[/FOLDER]")]
    pub(crate) log_bucket: Vec<String>,
    /// Configuration file [default: see `butfor config --help`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
}

/// Forms of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// {"policies": [{"name", "document"}], "trust_policy"}
    #[default]
    Json,
    /// A template with the policies and the role
    Cloudformation,
    /// The same for Terraform and OpenTofu
    Terraform,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  butfor completions bash > ~/.local/share/bash-completion/completions/butfor
  butfor completions zsh > ~/.zfunc/_butfor
  butfor completions fish > ~/.config/fish/completions/butfor.fish";

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}
