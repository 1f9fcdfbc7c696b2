//! What the policy model is built from: who may do what. Documents only, never what they guard.

use super::{Area, read, rows};

pub(super) const AREAS: &[Area] = &[
    Area {
        about: "roles and their policies",
        lost: "denied requests: whether a role's policies, or their change, are the cause",
        reads: rows!("iam", "iam";
            "GetAccountAuthorizationDetails": "all roles and policies in few calls",
            "GetRole": "trust policy and boundary of one role",
            "ListRolePolicies": "names of its inline policies",
            "GetRolePolicy": "one of them",
            "ListAttachedRolePolicies": "its managed policies",
            "GetPolicy": "which version of a managed policy is in force",
            "GetPolicyVersion": "what it says",
            "ListPolicyVersions": "what it said before",
            "GetInstanceProfile": "which role an instance has",
            "GetUser": "boundary of one user",
            "ListUserPolicies": "names of a user's inline policies",
            "GetUserPolicy": "one of them",
            "ListAttachedUserPolicies": "a user's managed policies",
            "ListGroupsForUser": "groups a user is in",
            "ListGroupPolicies": "names of a group's inline policies",
            "GetGroupPolicy": "one of them",
            "ListAttachedGroupPolicies": "a group's managed policies",
        ),
    },
    Area {
        about: "policies of the organization",
        lost: "service and resource control policies: a denial by the organization stays unknown",
        reads: rows!("organizations", "organizations";
            "DescribeOrganization": "whether there is an organization, and who manages it",
            "ListRoots": "where it begins, and which policy types are on",
            "ListParents": "which units an account is in",
            "ListAccounts": "which accounts there are",
            "ListPoliciesForTarget": "policies on an account, unit or root",
            "DescribePolicy": "what they say",
        ),
    },
    Area {
        about: "buckets",
        lost: "bucket policies as a cause of denied requests",
        reads: &[
            read("s3", "ListBuckets", &["s3:ListAllMyBuckets"], "which buckets there are"),
            read("s3", "GetBucketLocation", &["s3:GetBucketLocation"], "in which region a bucket is"),
            read("s3", "GetBucketPolicy", &["s3:GetBucketPolicy"], "who may use a bucket"),
            read(
                "s3",
                "GetPublicAccessBlock",
                &["s3:GetBucketPublicAccessBlock"],
                "whether public access to a bucket is blocked",
            ),
            read("s3", "GetBucketEncryption", &["s3:GetEncryptionConfiguration"], "which key a bucket uses"),
            read(
                "s3",
                "GetBucketOwnershipControls",
                &["s3:GetBucketOwnershipControls"],
                "whether ACLs count",
            ),
            read("s3", "GetBucketAcl", &["s3:GetBucketAcl"], "grants by ACL"),
            read(
                "s3control",
                "GetPublicAccessBlock",
                &["s3:GetAccountPublicAccessBlock"],
                "whether public access is blocked for the account",
            ),
        ],
    },
    Area {
        about: "keys",
        lost: "key policies and grants as a cause of denied requests, and keys that are disabled",
        reads: rows!("kms", "kms";
            "ListAliases": "which key a name stands for",
            "DescribeKey": "whether a key is enabled",
            "GetKeyPolicy": "who may use a key",
            "ListGrants": "who else may",
        ),
    },
    Area {
        about: "queues",
        lost: "queue policies as a cause of denied requests",
        reads: rows!("sqs", "sqs";
            "ListQueues": "which queues there are",
            "GetQueueUrl": "where a queue is",
            "GetQueueAttributes": "who may use a queue, its time-outs and dead letters",
        ),
    },
    Area {
        about: "topics",
        lost: "topic policies as a cause of denied requests",
        reads: rows!("sns", "sns";
            "ListTopics": "which topics there are",
            "GetTopicAttributes": "who may use a topic",
            "ListSubscriptionsByTopic": "where its messages go",
        ),
    },
    Area {
        about: "secrets, without their values",
        lost: "secret policies as a cause of denied requests",
        reads: rows!("secretsmanager", "secretsmanager";
            "ListSecrets": "which secrets there are",
            "DescribeSecret": "which key a secret uses, when it was rotated",
            "GetResourcePolicy": "who may read it",
        ),
    },
];
