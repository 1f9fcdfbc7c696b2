//! What the network model is built from (`docs`: each read is one that `butfor-network` understands).

use super::{Area, rows};

pub(super) const AREAS: &[Area] = &[
    Area {
        about: "VPCs, subnets and interfaces",
        lost: "the network model: every flow through that account and region is unknown",
        reads: rows!("ec2", "ec2";
            "DescribeVpcs": "networks and their address blocks",
            "DescribeVpcAttribute": "whether a network resolves and gives names",
            "DescribeSubnets": "subnets, zones and address blocks",
            "DescribeNetworkInterfaces": "where an address is, and which groups guard it",
            "DescribeInstances": "which instance an address belongs to, its role and state",
            "DescribeAddresses": "public addresses and what they stand for",
            "DescribeDhcpOptions": "which name servers a network uses",
        ),
    },
    Area {
        about: "rules that let packets pass",
        lost: "security groups or network ACLs as a cause, and the proof that they are none",
        reads: rows!("ec2", "ec2";
            "DescribeSecurityGroups": "rules of security groups",
            "DescribeSecurityGroupRules": "rules with their ids, as changes name them",
            "DescribeSecurityGroupVpcAssociations": "groups used in more than one network",
            "DescribeStaleSecurityGroups": "rules that name groups which are gone",
            "DescribeNetworkAcls": "rules of network ACLs",
            "DescribeManagedPrefixLists": "prefix lists that rules and routes name",
            "GetManagedPrefixListEntries": "what those lists hold",
            "DescribePrefixLists": "address blocks of AWS services",
            "DescribeVpcBlockPublicAccessOptions": "whether public access is blocked as a whole",
            "DescribeVpcBlockPublicAccessExclusions": "what is left out of that block",
            "DescribeVpcEncryptionControls": "whether only encrypted traffic passes",
        ),
    },
    Area {
        about: "routes and gateways",
        lost: "routes as a cause, and any flow that leaves its subnet",
        reads: rows!("ec2", "ec2";
            "DescribeRouteTables": "routes and what they belong to",
            "DescribeInternetGateways": "ways to the internet",
            "DescribeEgressOnlyInternetGateways": "ways out for IPv6",
            "DescribeNatGateways": "ways out of private subnets, and their state",
            "DescribeVpcPeeringConnections": "links between networks",
            "DescribeRouteServers": "where learned routes come from",
            "DescribeInstanceConnectEndpoints": "ways in for operators",
        ),
    },
    Area {
        about: "VPC endpoints",
        lost: "private ways to AWS services, and endpoint policies that deny",
        reads: rows!("ec2", "ec2";
            "DescribeVpcEndpoints": "endpoints, their routes, groups and policies",
            "DescribeVpcEndpointConnections": "who is connected to a service of ours",
            "DescribeVpcEndpointServiceConfigurations": "services offered to others",
            "DescribeVpcEndpointServicePermissions": "who may connect to them",
        ),
    },
    Area {
        about: "transit gateways",
        lost: "flows between networks and accounts over a transit gateway",
        reads: rows!("ec2", "ec2";
            "DescribeTransitGateways": "the gateways",
            "DescribeTransitGatewayAttachments": "what is attached, and its state",
            "DescribeTransitGatewayVpcAttachments": "in which subnets",
            "DescribeTransitGatewayPeeringAttachments": "gateways linked to gateways",
            "DescribeTransitGatewayConnects": "appliances linked by tunnels",
            "DescribeTransitGatewayRouteTables": "the tables",
            "DescribeTransitGatewayPolicyTables": "tables chosen by policy",
            "GetTransitGatewayRouteTableAssociations": "which attachment looks up in which table",
            "GetTransitGatewayRouteTablePropagations": "which attachment announces into which table",
            "GetTransitGatewayPrefixListReferences": "routes by prefix list",
            "SearchTransitGatewayRoutes": "the routes themselves",
        ),
    },
    Area {
        about: "links to data centres",
        lost: "flows over VPN or Direct Connect: they end as unknown at the edge",
        reads: rows!("ec2", "ec2";
            "DescribeVpnGateways": "gateways of VPNs",
            "DescribeVpnConnections": "tunnels, their state and routes",
            "DescribeCustomerGateways": "the other ends",
        ),
    },
    Area {
        about: "Direct Connect",
        lost: "the state of lines to data centres",
        reads: rows!("directconnect", "directconnect";
            "DescribeDirectConnectGateways": "gateways of lines",
            "DescribeDirectConnectGatewayAssociations": "what they lead to, and allowed prefixes",
            "DescribeVirtualInterfaces": "state of interfaces and BGP sessions",
        ),
    },
    Area {
        about: "AWS Network Firewall",
        lost: "flows through a firewall are unknown",
        reads: rows!("network-firewall", "network-firewall";
            "ListFirewalls": "which firewalls there are",
            "DescribeFirewall": "their endpoint in each subnet",
            "ListFirewallPolicies": "which policies there are",
            "DescribeFirewallPolicy": "their default actions and rule groups",
            "ListRuleGroups": "which rule groups there are",
            "DescribeRuleGroup": "the rules",
            "DescribeLoggingConfiguration": "where a firewall logs",
        ),
    },
    Area {
        about: "load balancers",
        lost: "flows through load balancers, and targets found unhealthy",
        reads: rows!("elbv2", "elasticloadbalancing";
            "DescribeLoadBalancers": "load balancers, their subnets and groups",
            "DescribeLoadBalancerAttributes": "time-outs, cross-zone, where access logs go",
            "DescribeListeners": "ports and what they lead to",
            "DescribeRules": "which request goes where",
            "DescribeTargetGroups": "target groups and their health checks",
            "DescribeTargetGroupAttributes": "how targets are chosen",
            "DescribeTargetHealth": "which target is unhealthy, and why",
        ),
    },
    Area {
        about: "classic load balancers",
        lost: "flows through classic load balancers",
        reads: &[
            super::read(
                "elb",
                "DescribeLoadBalancers",
                &["elasticloadbalancing:DescribeLoadBalancers"],
                "classic load balancers, their subnets and groups",
            ),
            super::read(
                "elb",
                "DescribeInstanceHealth",
                &["elasticloadbalancing:DescribeInstanceHealth"],
                "which instance is out of service, and why",
            ),
        ],
    },
    Area {
        about: "names",
        lost: "which address a host name in a log or a setting stands for",
        reads: rows!("route53", "route53";
            "ListHostedZones": "which zones there are",
            "ListHostedZonesByVPC": "private zones of a network",
            "ListResourceRecordSets": "what a name stands for, and fail-over records",
            "ListHealthChecks": "checks that move names",
            "GetHealthCheckStatus": "whether they pass",
        ),
    },
    Area {
        about: "resolver rules",
        lost: "names that are forwarded or blocked by Route 53 Resolver",
        reads: rows!("route53resolver", "route53resolver";
            "ListResolverRules": "names forwarded elsewhere",
            "ListResolverRuleAssociations": "in which networks",
            "ListResolverEndpoints": "through which interfaces",
            "ListFirewallRuleGroupAssociations": "names blocked in a network",
            "ListFirewallRules": "which names, and how",
        ),
    },
    Area {
        about: "service discovery",
        lost: "which task or instance stands behind a discovered name",
        reads: rows!("servicediscovery", "servicediscovery";
            "ListNamespaces": "name spaces of services",
            "ListServices": "services in them",
            "DiscoverInstances": "addresses behind a name",
        ),
    },
];
