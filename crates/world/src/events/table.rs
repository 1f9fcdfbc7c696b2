//! Which event is translated by which function.

use super::{
    Row, compute, endpoint, firewall, gateway, identity, load_balancer, managed_policy, network_acl,
    organization, peering, resource_policy, route, security_group, service, transit_gateway, vpc, vpn,
};

macro_rules! rows {
    ($($service:literal { $($event:literal => $edits:path,)* })*) => {
        &[$($(Row { event: $event, service: $service, edits: $edits },)*)*]
    };
}

/// Every event that changes something we model. The service is the record's `eventSource` without its domain.
pub(super) const EVENTS: &[Row] = rows! {
    "ec2" {
        "AuthorizeSecurityGroupIngress" => security_group::authorize_ingress,
        "AuthorizeSecurityGroupEgress" => security_group::authorize_egress,
        "RevokeSecurityGroupIngress" => security_group::revoke_ingress,
        "RevokeSecurityGroupEgress" => security_group::revoke_egress,
        "ModifySecurityGroupRules" => security_group::modify_rules,
        "CreateSecurityGroup" => security_group::create,
        "DeleteSecurityGroup" => security_group::delete,
        "AssociateSecurityGroupVpc" => security_group::associate_vpc,
        "DisassociateSecurityGroupVpc" => security_group::disassociate_vpc,

        "CreateNetworkAclEntry" => network_acl::create_entry,
        "ReplaceNetworkAclEntry" => network_acl::replace_entry,
        "DeleteNetworkAclEntry" => network_acl::delete_entry,
        "ReplaceNetworkAclAssociation" => network_acl::replace_association,
        "CreateNetworkAcl" => network_acl::create,
        "DeleteNetworkAcl" => network_acl::delete,

        "CreateRoute" => route::create_route,
        "ReplaceRoute" => route::replace_route,
        "DeleteRoute" => route::delete_route,
        "AssociateRouteTable" => route::associate,
        "DisassociateRouteTable" => route::disassociate,
        "ReplaceRouteTableAssociation" => route::replace_association,
        "EnableVgwRoutePropagation" => route::enable_propagation,
        "DisableVgwRoutePropagation" => route::disable_propagation,
        "CreateRouteTable" => route::create_table,
        "DeleteRouteTable" => route::delete_table,

        "AttachInternetGateway" => gateway::attach_internet_gateway,
        "DetachInternetGateway" => gateway::detach_internet_gateway,
        "CreateInternetGateway" => gateway::create_internet_gateway,
        "DeleteInternetGateway" => gateway::delete_internet_gateway,
        "CreateEgressOnlyInternetGateway" => gateway::create_egress_only_gateway,
        "DeleteEgressOnlyInternetGateway" => gateway::delete_egress_only_gateway,
        "CreateNatGateway" => gateway::create_nat_gateway,
        "DeleteNatGateway" => gateway::delete_nat_gateway,
        "AllocateAddress" => gateway::allocate_address,
        "AssociateAddress" => gateway::associate_address,
        "DisassociateAddress" => gateway::disassociate_address,
        "ReleaseAddress" => gateway::release_address,

        "CreateVpcPeeringConnection" => peering::create,
        "AcceptVpcPeeringConnection" => peering::accept,
        "RejectVpcPeeringConnection" => peering::reject,
        "DeleteVpcPeeringConnection" => peering::delete,

        "AttachVpnGateway" => vpn::attach_gateway,
        "DetachVpnGateway" => vpn::detach_gateway,
        "CreateVpnGateway" => vpn::create_gateway,
        "DeleteVpnGateway" => vpn::delete_gateway,
        "CreateVpnConnectionRoute" => vpn::create_route,
        "DeleteVpnConnectionRoute" => vpn::delete_route,
        "CreateVpnConnection" => vpn::create_connection,
        "DeleteVpnConnection" => vpn::delete_connection,

        "CreateVpcEndpoint" => endpoint::create,
        "ModifyVpcEndpoint" => endpoint::modify,
        "DeleteVpcEndpoints" => endpoint::delete,
        "AcceptVpcEndpointConnections" => endpoint::accept_connections,
        "RejectVpcEndpointConnections" => endpoint::reject_connections,
        "ModifyVpcEndpointServicePermissions" => endpoint::modify_service_permissions,

        "AssociateTransitGatewayRouteTable" => transit_gateway::associate,
        "DisassociateTransitGatewayRouteTable" => transit_gateway::disassociate,
        "EnableTransitGatewayRouteTablePropagation" => transit_gateway::enable_propagation,
        "DisableTransitGatewayRouteTablePropagation" => transit_gateway::disable_propagation,
        "CreateTransitGatewayRoute" => transit_gateway::create_route,
        "ReplaceTransitGatewayRoute" => transit_gateway::replace_route,
        "DeleteTransitGatewayRoute" => transit_gateway::delete_route,
        "CreateTransitGatewayPrefixListReference" => transit_gateway::create_prefix_list_reference,
        "ModifyTransitGatewayPrefixListReference" => transit_gateway::modify_prefix_list_reference,
        "DeleteTransitGatewayPrefixListReference" => transit_gateway::delete_prefix_list_reference,
        "CreateTransitGatewayVpcAttachment" => transit_gateway::create_attachment,
        "ModifyTransitGatewayVpcAttachment" => transit_gateway::modify_attachment,
        "DeleteTransitGatewayVpcAttachment" => transit_gateway::delete_attachment,
        "AcceptTransitGatewayVpcAttachment" => transit_gateway::accept_attachment,
        "RejectTransitGatewayVpcAttachment" => transit_gateway::reject_attachment,
        "AcceptTransitGatewayPeeringAttachment" => transit_gateway::accept_attachment,
        "RejectTransitGatewayPeeringAttachment" => transit_gateway::reject_attachment,
        "DeleteTransitGatewayPeeringAttachment" => transit_gateway::delete_attachment,
        "CreateTransitGatewayRouteTable" => transit_gateway::create_route_table,
        "DeleteTransitGatewayRouteTable" => transit_gateway::delete_route_table,
        "ModifyTransitGateway" => transit_gateway::modify_gateway,

        "CreateVpc" => vpc::create,
        "DeleteVpc" => vpc::delete,
        "CreateSubnet" => vpc::create_subnet,
        "DeleteSubnet" => vpc::delete_subnet,
        "ModifyVpcAttribute" => vpc::modify_attribute,
        "AssociateDhcpOptions" => vpc::associate_dhcp_options,
        "AssociateVpcCidrBlock" => vpc::associate_cidr,
        "DisassociateVpcCidrBlock" => vpc::disassociate_cidr,
        "ModifyManagedPrefixList" => vpc::modify_prefix_list,
        "RestoreManagedPrefixListVersion" => vpc::restore_prefix_list,
        "ModifyVpcBlockPublicAccessOptions" => vpc::modify_block_public_access,
        "CreateVpcBlockPublicAccessExclusion" => vpc::create_exclusion,
        "ModifyVpcBlockPublicAccessExclusion" => vpc::modify_exclusion,
        "DeleteVpcBlockPublicAccessExclusion" => vpc::delete_exclusion,

        "RunInstances" => compute::run,
        "StopInstances" => compute::stop,
        "StartInstances" => compute::start,
        "TerminateInstances" => compute::terminate,
        "AssociateIamInstanceProfile" => compute::instance_profile,
        "ReplaceIamInstanceProfileAssociation" => compute::instance_profile,
        "DisassociateIamInstanceProfile" => compute::instance_profile,
        "ModifyInstanceAttribute" => compute::modify_instance,
        "CreateNetworkInterface" => compute::create_interface,
        "DeleteNetworkInterface" => compute::delete_interface,
        "AttachNetworkInterface" => compute::attach_interface,
        "DetachNetworkInterface" => compute::detach_interface,
        "ModifyNetworkInterfaceAttribute" => compute::modify_interface,
    }
    "elasticloadbalancing" {
        "RegisterTargets" => load_balancer::register_targets,
        "DeregisterTargets" => load_balancer::deregister_targets,
        "CreateListener" => load_balancer::create_listener,
        "DeleteListener" => load_balancer::delete_listener,
        "ModifyListener" => load_balancer::modify_listener,
        "CreateRule" => load_balancer::create_rule,
        "DeleteRule" => load_balancer::delete_rule,
        "ModifyRule" => load_balancer::modify_rule,
        "CreateTargetGroup" => load_balancer::create_target_group,
        "DeleteTargetGroup" => load_balancer::delete_target_group,
        "ModifyTargetGroup" => load_balancer::modify_target_group,
        "ModifyTargetGroupAttributes" => load_balancer::modify_target_group_attributes,
        "ModifyLoadBalancerAttributes" => load_balancer::modify_balancer_attributes,
        "SetSecurityGroups" => load_balancer::set_security_groups,
        "SetSubnets" => load_balancer::set_subnets,
        "CreateLoadBalancer" => load_balancer::create_balancer,
        "DeleteLoadBalancer" => load_balancer::delete_balancer,
        "RegisterInstancesWithLoadBalancer" => load_balancer::register_instances,
        "DeregisterInstancesFromLoadBalancer" => load_balancer::deregister_instances,
        "AttachLoadBalancerToSubnets" => load_balancer::attach_classic_subnets,
        "DetachLoadBalancerFromSubnets" => load_balancer::detach_classic_subnets,
        "ApplySecurityGroupsToLoadBalancer" => load_balancer::apply_classic_groups,
    }
    "network-firewall" {
        "UpdateRuleGroup" => firewall::update_rule_group,
        "UpdateFirewallPolicy" => firewall::update_policy,
        "AssociateFirewallPolicy" => firewall::associate_policy,
        "AssociateSubnets" => firewall::associate_subnets,
        "DisassociateSubnets" => firewall::disassociate_subnets,
    }
    "rds" {
        "ModifyDBInstance" => service::modify_database,
        "StopDBInstance" => service::stop_database,
        "StartDBInstance" => service::start_database,
        "DeleteDBInstance" => service::delete_database,
    }
    "lambda" {
        "UpdateFunctionConfiguration" => service::update_function,
        "DeleteFunction" => service::delete_function,
        "PutFunctionConcurrency" => service::put_concurrency,
        "DeleteFunctionConcurrency" => service::delete_concurrency,
        "AddPermission" => resource_policy::add_function_permission,
        "RemovePermission" => resource_policy::remove_function_permission,
    }
    "eks" {
        "UpdateClusterConfig" => service::update_cluster,
    }
    "monitoring" {
        "SetAlarmState" => service::set_alarm_state,
    }
    "s3" {
        "PutBucketPolicy" => resource_policy::put_bucket_policy,
        "DeleteBucketPolicy" => resource_policy::delete_bucket_policy,
        // The API's operation is PutPublicAccessBlock; records of buckets say so (S3 guide, CloudTrail events).
        "PutBucketPublicAccessBlock" => resource_policy::put_public_access_block,
        "PutPublicAccessBlock" => resource_policy::put_public_access_block,
        "DeleteBucketPublicAccessBlock" => resource_policy::delete_public_access_block,
        "DeletePublicAccessBlock" => resource_policy::delete_public_access_block,
        "CreateBucket" => resource_policy::create_bucket,
        "DeleteBucket" => resource_policy::delete_bucket,
    }
    "iam" {
        "PutRolePolicy" => identity::put_policy,
        "PutUserPolicy" => identity::put_policy,
        "PutGroupPolicy" => identity::put_policy,
        "DeleteRolePolicy" => identity::delete_policy,
        "DeleteUserPolicy" => identity::delete_policy,
        "DeleteGroupPolicy" => identity::delete_policy,
        "AttachRolePolicy" => identity::attach_policy,
        "AttachUserPolicy" => identity::attach_policy,
        "AttachGroupPolicy" => identity::attach_policy,
        "DetachRolePolicy" => identity::detach_policy,
        "DetachUserPolicy" => identity::detach_policy,
        "DetachGroupPolicy" => identity::detach_policy,
        "PutRolePermissionsBoundary" => identity::put_boundary,
        "PutUserPermissionsBoundary" => identity::put_boundary,
        "DeleteRolePermissionsBoundary" => identity::delete_boundary,
        "DeleteUserPermissionsBoundary" => identity::delete_boundary,
        "UpdateAssumeRolePolicy" => identity::update_trust,
        "TagRole" => identity::tag,
        "TagUser" => identity::tag,
        "UntagRole" => identity::untag,
        "UntagUser" => identity::untag,
        "CreateRole" => identity::create_role,
        "CreateUser" => identity::create_user,
        "CreateGroup" => identity::create_group,
        "DeleteRole" => identity::delete_principal,
        "DeleteUser" => identity::delete_principal,
        "DeleteGroup" => identity::delete_principal,
        "AddUserToGroup" => identity::add_to_group,
        "RemoveUserFromGroup" => identity::remove_from_group,
        "CreateInstanceProfile" => identity::create_instance_profile,
        "DeleteInstanceProfile" => identity::delete_instance_profile,
        "AddRoleToInstanceProfile" => identity::add_role,
        "RemoveRoleFromInstanceProfile" => identity::remove_role,
        "CreatePolicy" => managed_policy::create,
        "CreatePolicyVersion" => managed_policy::create_version,
        "SetDefaultPolicyVersion" => managed_policy::set_default_version,
        "DeletePolicyVersion" => managed_policy::delete_version,
        "DeletePolicy" => managed_policy::delete,
    }
    "kms" {
        "PutKeyPolicy" => resource_policy::put_key_policy,
        "CreateGrant" => resource_policy::create_grant,
        "RevokeGrant" => resource_policy::end_grant,
        "RetireGrant" => resource_policy::end_grant,
        "EnableKey" => resource_policy::enable_key,
        "DisableKey" => resource_policy::disable_key,
        "ScheduleKeyDeletion" => resource_policy::schedule_key_deletion,
        "CancelKeyDeletion" => resource_policy::cancel_key_deletion,
        "CreateAlias" => resource_policy::create_alias,
        "UpdateAlias" => resource_policy::update_alias,
        "DeleteAlias" => resource_policy::delete_alias,
    }
    "sqs" {
        "SetQueueAttributes" => resource_policy::set_queue_attributes,
        "AddPermission" => resource_policy::change_queue_policy,
        "RemovePermission" => resource_policy::change_queue_policy,
    }
    "sns" {
        "SetTopicAttributes" => resource_policy::set_topic_attributes,
        "AddPermission" => resource_policy::change_topic_policy,
        "RemovePermission" => resource_policy::change_topic_policy,
    }
    "secretsmanager" {
        "PutResourcePolicy" => resource_policy::put_secret_policy,
        "DeleteResourcePolicy" => resource_policy::delete_secret_policy,
        "UpdateSecret" => resource_policy::update_secret,
    }
    "dynamodb" {
        "PutResourcePolicy" => resource_policy::put_table_policy,
        "DeleteResourcePolicy" => resource_policy::delete_table_policy,
    }
    "organizations" {
        "UpdatePolicy" => organization::update_policy,
        "CreatePolicy" => organization::create_policy,
        "DeletePolicy" => organization::delete_policy,
        "AttachPolicy" => organization::attach_policy,
        "DetachPolicy" => organization::detach_policy,
        "MoveAccount" => organization::move_account,
        "EnablePolicyType" => organization::enable_policy_type,
        "DisablePolicyType" => organization::disable_policy_type,
    }
};
