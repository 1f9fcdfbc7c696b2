//! The table of options: what there is, what it may be, and what it means.

mod service;

/// A table of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Its name; empty for the options before any table.
    pub name: &'static str,
    /// Whether it may be given again: `[[accounts]]`.
    pub repeats: bool,
    /// What it is about, in a sentence or two.
    pub about: &'static str,
    /// Its options.
    pub settings: &'static [Setting],
}

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether its section makes no sense without it.
    pub required: bool,
    /// What holds when it is not there, as it would be written; empty for nothing.
    pub default: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// A value, as it is written.
    pub example: &'static str,
}

/// What an option may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that is not empty.
    Text,
    /// The number of an account, as text: 12 digits.
    Account,
    /// The name of a role, with its path.
    RoleName,
    /// The ARN of a role.
    RoleArn,
    /// The name of a region.
    Region,
    /// Names of regions.
    Regions,
    /// The name of a bucket.
    Bucket,
    /// `http://` or `https://`, a host, a port.
    Url,
    /// A path; a leading `~/` is the home folder.
    Path,
    /// `true` or `false`.
    Flag,
    /// A whole number between two others.
    Count(u64, u64),
    /// Bytes, as a number or as text with KiB, MiB or GiB.
    Size,
    /// How often: `15m`, `1h`, `1d`, or `off`.
    Interval,
    /// Texts that are not empty.
    Texts,
    /// Names of log groups; a `*` at the end stands for the rest.
    LogGroups,
    /// Keys with values.
    Tags,
    /// A reference to where a secret is kept, or text.
    Secret,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Kind {
    /// In words, for people.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Account => "12 digits, as text".to_owned(),
            Self::RoleName => "name of a role".to_owned(),
            Self::RoleArn => "ARN of a role".to_owned(),
            Self::Region => "region".to_owned(),
            Self::Regions => "list of regions".to_owned(),
            Self::Bucket => "name of a bucket".to_owned(),
            Self::Url => "http or https URL".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count(least, most) => format!("whole number, {least} to {most}"),
            Self::Size => "size, such as \"64 MiB\", or bytes".to_owned(),
            Self::Interval => "time, such as \"15m\", \"1h\", \"1d\", or \"off\"".to_owned(),
            Self::Texts => "list of texts".to_owned(),
            Self::LogGroups => "list of names, `*` at the end for any rest".to_owned(),
            Self::Tags => "keys with values".to_owned(),
            Self::Word(words) => words.join(", "),
            Self::Secret => "text, or where it is kept: `env:NAME`, `file:PATH`, ARN of a secret".to_owned(),
        }
    }
}

/// All sections, in the order they are documented in.
#[must_use]
pub fn sections() -> &'static [Section] {
    SECTIONS
}

const fn optional(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Setting {
    Setting { name, kind, required: false, default, meaning, example }
}

const fn required(name: &'static str, kind: Kind, meaning: &'static str, example: &'static str) -> Setting {
    Setting { name, kind, required: true, default: "", meaning, example }
}

const SECTIONS: &[Section] = &[
    Section {
        name: "",
        repeats: false,
        about: "What holds for everything. These stand before the first table of the file.",
        settings: &[
            optional(
                "regions",
                Kind::Regions,
                "[]",
                "Regions to look at, in accounts that name none of their own; without any, the region of the alarm or of the \
                 environment.",
                r#"["us-east-1", "eu-central-1"]"#,
            ),
            optional(
                "log_groups",
                Kind::LogGroups,
                "[]",
                "Log groups that matter to every application: shared proxies, gateways.",
                r#"["/shared/proxy", "/aws/vpn/*"]"#,
            ),
            optional(
                "data_dir",
                Kind::Path,
                r#""~/.local/share/butfor""#,
                "Where Butfor keeps what it keeps.",
                r#""/var/lib/butfor""#,
            ),
            optional(
                "endpoint_url",
                Kind::Url,
                "",
                "Where to send every call instead of AWS: an emulator, or a VPC endpoint.",
                r#""http://localhost:5000""#,
            ),
        ],
    },
    Section {
        name: "accounts",
        repeats: true,
        about: "An account to look at. Without any, the account of the credentials at hand. Name the account that owns a transit gateway or \
                a shared database, too: a change there is recorded nowhere else.",
        settings: &[
            required("id", Kind::Account, "Its number.", r#""111122223333""#),
            optional("name", Kind::Text, "", "What people call it.", r#""shared services""#),
            optional(
                "role",
                Kind::RoleName,
                "",
                "The role to assume there, by name; `butfor iam-policy` prints one. Not together with `role_arn`.",
                r#""ButforRead""#,
            ),
            optional(
                "role_arn",
                Kind::RoleArn,
                "",
                "The same by ARN.",
                r#""arn:aws:iam::111122223333:role/ButforRead""#,
            ),
            optional(
                "external_id",
                Kind::Secret,
                "",
                "External id the role asks for. AWS does not treat it as a secret; it may be kept as one, in the environment or a file. An \
                 ARN of Secrets Manager is refused: reading secrets is no permission that Butfor has.",
                r#""env:BUTFOR_EXTERNAL_ID""#,
            ),
            optional(
                "session_tags",
                Kind::Tags,
                "{}",
                "Tags of the session, for policies that ask for them.",
                r#"{ team = "operations" }"#,
            ),
            optional(
                "profile",
                Kind::Text,
                "",
                "Profile of the AWS CLI to use, or to assume the role with.",
                r#""operations""#,
            ),
            optional(
                "regions",
                Kind::Regions,
                "[]",
                "Regions to look at in this account instead of the general ones.",
                r#"["us-east-1"]"#,
            ),
        ],
    },
    Section {
        name: "applications",
        repeats: true,
        about: "What belongs together. At least one of `tags`, `stacks` and `resources` says what the parts are. The log groups among them, \
                and those of the functions among them, are read; of several applications, those with a part that the alarm names.",
        settings: &[
            required("name", Kind::Text, "What people call it.", r#""payments""#),
            optional(
                "tags",
                Kind::Tags,
                "{}",
                "Resources that carry all these tags.",
                r#"{ app = "payments", stage = "prod" }"#,
            ),
            optional(
                "stacks",
                Kind::Texts,
                "[]",
                "Resources of these CloudFormation stacks.",
                r#"["payments-prod"]"#,
            ),
            optional(
                "resources",
                Kind::Texts,
                "[]",
                "These resources, by id or ARN.",
                r#"["i-0123456789abcdef0", "arn:aws:rds:us-east-1:111122223333:db:ledger"]"#,
            ),
            optional(
                "log_groups",
                Kind::LogGroups,
                "[]",
                "Where it logs, apart from the log groups of its functions and tasks.",
                r#"["/app/payments", "/aws/lambda/payments-*"]"#,
            ),
        ],
    },
    Section {
        name: "trail",
        repeats: false,
        about: "Files of a CloudTrail trail. They are preferred to look-ups: complete, older than 90 days, and not limited to two calls a \
                second. Without this, trails are looked for, else changes are looked up.",
        settings: &[
            required("bucket", Kind::Bucket, "The bucket they are delivered to.", r#""org-trail-logs""#),
            optional("prefix", Kind::Text, "", "Folder before `AWSLogs`.", r#""audit""#),
            optional(
                "account",
                Kind::Account,
                "",
                "The account to read the bucket with.",
                r#""111122223333""#,
            ),
            optional("region", Kind::Region, "", "The region of the bucket.", r#""us-east-1""#),
            optional(
                "organization",
                Kind::Flag,
                "false",
                "Whether it is a trail of the organization, with one more folder.",
                "true",
            ),
        ],
    },
    Section {
        name: "flow_logs",
        repeats: true,
        about: "Where VPC flow logs are, when `DescribeFlowLogs` does not tell: a central bucket, say. Either `bucket` or `log_group`.",
        settings: &[
            optional(
                "bucket",
                Kind::Bucket,
                "",
                "The bucket they are delivered to.",
                r#""central-flow-logs""#,
            ),
            optional("prefix", Kind::Text, "", "Folder before `AWSLogs` in the bucket.", r#""vpc""#),
            optional(
                "log_group",
                Kind::Text,
                "",
                "The log group they are delivered to.",
                r#""/vpc/flow-logs""#,
            ),
            optional("account", Kind::Account, "", "The account to read them with.", r#""111122223333""#),
            optional("region", Kind::Region, "", "Their region.", r#""us-east-1""#),
        ],
    },
    Section {
        name: "budgets",
        repeats: false,
        about: "How much one investigation may ask. A budget that is used up is a gap in the report.",
        settings: &[
            optional("calls", Kind::Count(1, 100_000), "500", "Calls of AWS in all.", "200"),
            optional("seconds", Kind::Count(1, 3_600), "60", "Seconds in all.", "30"),
            optional(
                "rounds",
                Kind::Count(1, 50),
                "8",
                "Rounds of asking for what the round before made worth asking.",
                "3",
            ),
            optional("pages", Kind::Count(1, 10_000), "50", "Pages of one answer.", "20"),
            optional(
                "bytes",
                Kind::Size,
                r#""256 MiB""#,
                "Bytes of all answers and log files; what is asked after that is a gap.",
                r#""64 MiB""#,
            ),
        ],
    },
    Section {
        name: "history",
        repeats: false,
        about: "What was configured before, kept so that the state before an incident is known. Values of variables and secrets are \
                redacted before they are kept.",
        settings: &[
            optional(
                "path",
                Kind::Path,
                r#""history""#,
                "Where it is kept; in `data_dir` unless it begins with `/` or `~/`.",
                r#""/var/lib/butfor/history""#,
            ),
            optional("schedule", Kind::Interval, r#""1h""#, "How often everything is looked at.", r#""15m""#),
            optional(
                "retention_days",
                Kind::Count(1, 3_650),
                "90",
                "Days after which an old state is forgotten; CloudTrail's look-up remembers 90.",
                "30",
            ),
        ],
    },
    service::SERVER,
    service::WEBHOOKS,
    service::SIGN_IN,
    service::NOTIFY,
];
