//! Applications with their balancers, servers and databases.

use super::{ACCOUNT, APPLICATIONS, Account, OFFICES, REGION, Vpc, ZONES, tags};
use serde_json::{Value, json};

fn rule(protocol: &str, ports: Option<(u16, u16)>, peers: Value) -> Value {
    let mut rule = json!({"IpProtocol": protocol, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
        "UserIdGroupPairs": []});
    if let Some((from, to)) = ports {
        rule["FromPort"] = from.into();
        rule["ToPort"] = to.into();
    }
    add(&mut rule, peers);
    rule
}

fn add(object: &mut Value, members: Value) {
    if let Value::Object(members) = members {
        for (name, value) in members {
            object[name] = value;
        }
    }
}

impl Account {
    fn group(&mut self, vpc: &Vpc, name: &str, inbound: Vec<Value>) -> String {
        let id = self.ids.new_id("sg");
        let all = rule("-1", None, json!({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}));
        self.groups.push(json!({"GroupId": id, "GroupName": name, "VpcId": vpc.id, "OwnerId": ACCOUNT,
            "Description": format!("{name} of VPC {}", vpc.number), "IpPermissions": inbound,
            "IpPermissionsEgress": [all], "Tags": tags(name),
            "SecurityGroupArn": format!("arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{id}")}));
        id
    }

    pub(super) fn applications(&mut self, vpc: &mut Vpc, size: usize) {
        for application in 0..APPLICATIONS {
            let from_group = |id: &str| json!({"UserIdGroupPairs": [{"GroupId": id, "UserId": ACCOUNT}]});
            let world = json!({"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "the world"}]});
            let balancers = self.group(
                vpc,
                "balancers",
                vec![rule("tcp", Some((443, 443)), world.clone()), rule("tcp", Some((80, 80)), world)],
            );
            let inside = json!({"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]});
            let mut echo = rule("icmp", Some((8, 0)), inside.clone());
            echo["ToPort"] = (-1).into();
            let servers = self.group(
                vpc,
                "servers",
                vec![
                    rule("tcp", Some((8080, 8080)), from_group(&balancers)),
                    rule("tcp", Some((8443, 8443)), inside.clone()),
                    rule("tcp", Some((22, 22)), json!({"PrefixListIds": [{"PrefixListId": OFFICES}]})),
                    echo,
                ],
            );
            let databases =
                self.group(vpc, "databases", vec![rule("tcp", Some((3306, 3306)), from_group(&servers))]);
            if vpc.number == 0 && application == 0 {
                self.server_group = servers.clone();
            }
            let share = size / APPLICATIONS + usize::from(application < size % APPLICATIONS);
            let mut made = Vec::new();
            for number in 0..share {
                let zone = number % 3;
                match number * 20 / share.max(1) {
                    0 => {
                        let public = self.public();
                        self.interface(
                            vpc,
                            (0, zone),
                            "interface",
                            &[&balancers],
                            Some(&public),
                            "ELB app/shop/0123456789abcdef",
                        );
                    }
                    1 | 2 => {
                        self.interface(
                            vpc,
                            (2, zone),
                            "interface",
                            &[&databases],
                            None,
                            "RDSNetworkInterface",
                        );
                    }
                    _ => made.push(self.server(vpc, zone, &servers)),
                }
            }
            if application == 0 {
                self.servers.push(made);
            }
        }
    }

    /// Makes an interface and gives its id and private address.
    pub(super) fn interface(
        &mut self,
        vpc: &mut Vpc,
        (kind, zone): (usize, usize),
        interface_type: &str,
        groups: &[&String],
        public: Option<&str>,
        description: &str,
    ) -> (String, String) {
        let id = self.ids.new_id("eni");
        let (subnet, hosts) = &mut vpc.subnets[kind][zone];
        *hosts += 1;
        let host = 9 + *hosts;
        let number = vpc.number;
        let private = match kind {
            0 => format!("10.{number}.{zone}.{host}"),
            1 => format!("10.{number}.{}.{}", 16 * (zone + 1) + host / 250, host % 250),
            _ => format!("10.{number}.{}.{host}", 4 + zone),
        };
        let dns = format!("ip-{}.{REGION}.compute.internal", private.replace('.', "-"));
        let mut entry = json!({"PrivateIpAddress": private, "PrivateDnsName": dns, "Primary": true});
        let mut item = json!({"NetworkInterfaceId": id, "VpcId": vpc.id, "SubnetId": subnet, "OwnerId": ACCOUNT,
            "AvailabilityZone": format!("{REGION}{}", ZONES[zone]), "Description": description, "Ipv6Addresses": [],
            "InterfaceType": interface_type, "MacAddress": "06:78:cb:6c:fa:36", "PrivateDnsName": dns,
            "PrivateIpAddress": private, "RequesterManaged": !description.is_empty(), "SourceDestCheck": interface_type == "interface",
            "Status": "in-use", "TagSet": tags("interface"), "DenyAllIgwTraffic": false,
            "Operator": {"Managed": false}, "ConnectionTrackingConfiguration": {},
            "Groups": groups.iter().map(|id| json!({"GroupId": id, "GroupName": "of application"})).collect::<Vec<_>>(),
            "Attachment": {"AttachmentId": self.ids.new_id("eni-attach"), "AttachTime": "2025-02-01T10:00:00+00:00",
                "DeleteOnTermination": true, "DeviceIndex": 0, "NetworkCardIndex": 0, "Status": "attached",
                "InstanceOwnerId": "amazon-elb"}});
        if let Some(public) = public {
            let association = json!({"IpOwnerId": "amazon", "PublicDnsName": "", "PublicIp": public});
            entry["Association"] = association.clone();
            item["Association"] = association;
        }
        item["PrivateIpAddresses"] = json!([entry]);
        self.interfaces.push(item);
        (id, private)
    }

    /// A server: an instance with one interface.
    fn server(&mut self, vpc: &mut Vpc, zone: usize, group: &String) -> (String, String, String) {
        let (id, private) = self.interface(vpc, (1, zone), "interface", &[group], None, "");
        let instance = self.ids.new_id("i");
        let subnet = vpc.subnets[1][zone].0.clone();
        let mut embedded = Value::Null;
        if let Some(interface) = self.interfaces.last_mut() {
            interface["Attachment"]["InstanceId"] = instance.as_str().into();
            interface["Attachment"]["InstanceOwnerId"] = ACCOUNT.into();
            embedded = interface.clone();
            for member in ["AvailabilityZone", "TagSet", "RequesterManaged", "DenyAllIgwTraffic"] {
                embedded.as_object_mut().map(|members| members.remove(member));
            }
        }
        let name = format!("server-{}", self.random.below(10_000));
        let mut made = json!({"InstanceId": instance, "ImageId": "ami-0abcdef1234567890", "InstanceType": "m6i.large",
            "State": {"Code": 16, "Name": "running"}, "VpcId": vpc.id, "SubnetId": subnet,
            "PrivateIpAddress": private, "PrivateDnsName": embedded["PrivateDnsName"], "PublicDnsName": "",
            "AmiLaunchIndex": 0, "Architecture": "x86_64", "ClientToken": "fleet-0e1f2a3b-4c5d-6e7f-8091-a2b3c4d5e6f7",
            "EbsOptimized": true, "EnaSupport": true, "Hypervisor": "xen", "KeyName": "operations",
            "LaunchTime": "2025-06-01T08:00:00+00:00", "Monitoring": {"State": "disabled"}, "ProductCodes": [],
            "IamInstanceProfile": {"Arn": format!("arn:aws:iam::{ACCOUNT}:instance-profile/server"),
                "Id": "AIPAEXAMPLE1234567890"},
            "Placement": {"AvailabilityZone": format!("{REGION}{}", ZONES[zone]), "GroupName": "", "Tenancy": "default"},
            "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs", "VirtualizationType": "hvm"});
        let more = json!({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"AttachTime": "2025-06-01T08:00:01+00:00",
                "DeleteOnTermination": true, "Status": "attached", "VolumeId": self.ids.new_id("vol")}}],
            "NetworkInterfaces": [embedded], "SecurityGroups": [{"GroupId": group, "GroupName": "servers"}],
            "SourceDestCheck": true, "StateTransitionReason": "", "Tags": tags(&name),
            "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}, "HibernationOptions": {"Configured": false},
            "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
            "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 2,
                "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled"},
            "EnclaveOptions": {"Enabled": false}, "PlatformDetails": "Linux/UNIX", "UsageOperation": "RunInstances",
            "UsageOperationUpdateTime": "2025-06-01T08:00:00+00:00", "MaintenanceOptions": {"AutoRecovery": "default"},
            "PrivateDnsNameOptions": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": false,
                "EnableResourceNameDnsAAAARecord": false}, "CurrentInstanceBootMode": "uefi"});
        add(&mut made, more);
        self.reservations
            .push(json!({"ReservationId": self.ids.new_id("r"), "OwnerId": ACCOUNT, "Groups": [],
            "Instances": [made]}));
        (id, private, subnet)
    }
}
