//! What was seen: alarms, metrics, logs, traces, and who changed what.

use super::{Area, Read, Scope, read, rows};

pub(super) const AREAS: &[Area] = &[
    Area {
        about: "alarms and metrics",
        lost: "when it began, how much it is, and whether it is over",
        reads: rows!("cloudwatch", "cloudwatch";
            "DescribeAlarms": "what an alarm watches",
            "DescribeAlarmsForMetric": "which alarms watch the same",
            "DescribeAlarmHistory": "when it changed its state",
            "DescribeInsightRules": "which rules of Contributor Insights there are",
            "GetMetricData": "the numbers",
            "ListMetrics": "which numbers there are",
        ),
    },
    Area {
        about: "logs",
        lost: "what applications say about their failure, and denials in their words",
        reads: rows!("logs", "logs";
            "DescribeLogGroups": "which log groups there are",
            "DescribeLogStreams": "which of their streams are alive",
            "DescribeMetricFilters": "which log an alarm's metric is counted from",
            "FilterLogEvents": "the lines around the incident",
            "StartQuery": "the same of a large log group",
            "GetQueryResults": "its answer",
        ),
    },
    Area {
        about: "changes, of the last 90 days",
        lost: "who changed what: a cause is found as a state at best, without its change",
        reads: rows!("cloudtrail", "cloudtrail";
            "LookupEvents": "changes to a resource",
            "DescribeTrails": "where trail files are",
            "GetTrailStatus": "whether they are up to date",
            "GetEventSelectors": "whether data events are recorded",
        ),
    },
    Area {
        about: "files of CloudTrail and flow logs",
        lost: "changes older than 90 days or too many for a look-up, and packets that were rejected",
        reads: &[
            Read {
                service: "s3",
                operation: "ListObjectsV2",
                actions: &["s3:ListBucket"],
                used_for: "which log files there are",
                scope: Scope::LogBucket,
            },
            Read {
                service: "s3",
                operation: "GetObject",
                actions: &["s3:GetObject"],
                used_for: "what they say",
                scope: Scope::LogFile,
            },
        ],
    },
    Area {
        about: "flow logs",
        lost: "which packets were rejected, and where",
        reads: rows!("ec2", "ec2";
            "DescribeFlowLogs": "where flow logs are delivered, and in which format",
        ),
    },
    Area {
        about: "traces",
        lost: "which call in a chain of services failed first",
        reads: rows!("xray", "xray";
            "GetServiceGraph": "who calls whom",
            "GetTraceSummaries": "traces with errors",
            "BatchGetTraces": "their spans",
            "GetTraceGraph": "the services of some traces",
            "GetTimeSeriesServiceStatistics": "errors and times of a service",
        ),
    },
    Area {
        about: "Network Flow Monitor",
        lost: "retransmissions and time-outs as AWS measures them",
        // What starts a query (StartQueryMonitorTopContributors) counts as a write; answers of queries that others started are read.
        reads: rows!("networkflowmonitor", "networkflowmonitor";
            "ListMonitors": "which monitors there are",
            "GetMonitor": "what they watch",
            "GetQueryStatusMonitorTopContributors": "whether an answer is there",
            "GetQueryResultsMonitorTopContributors": "which flows suffer most",
        ),
    },
    Area {
        about: "old settings",
        lost: "what a resource was before a change that does not say so",
        reads: &[
            read(
                "configservice",
                "GetResourceConfigHistory",
                &["config:GetResourceConfigHistory"],
                "what a resource was before",
            ),
            read(
                "configservice",
                "SelectResourceConfig",
                &["config:SelectResourceConfig"],
                "which resources there are, also those just deleted",
            ),
            read(
                "configservice",
                "DescribeConfigurationRecorderStatus",
                &["config:DescribeConfigurationRecorderStatus"],
                "whether anything is recorded",
            ),
        ],
    },
    Area {
        about: "health of AWS itself",
        lost: "outages of AWS as a cause",
        reads: rows!("health", "health";
            "DescribeEvents": "outages and maintenance at the time",
            "DescribeEventDetails": "what AWS says about them",
            "DescribeAffectedEntities": "which of our resources they concern",
        ),
    },
    Area {
        about: "who is asking",
        lost: "the account the credentials belong to",
        reads: rows!("sts", "sts";
            "GetCallerIdentity": "account and role of the credentials",
        ),
    },
    Area {
        about: "regions",
        lost: "the list of regions that are on; configured regions are used",
        reads: rows!("ec2", "ec2";
            "DescribeRegions": "which regions are on",
            "DescribeAvailabilityZones": "zones and their names",
        ),
    },
];
