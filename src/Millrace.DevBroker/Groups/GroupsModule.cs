using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Groups.Handlers;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker.Groups;

/// <summary>Consumer groups and their offsets.</summary>
internal static class GroupsModule
{
    /// <summary>Adds the handlers of this part. What is returned is disposed when the broker stops.</summary>
    public static GroupCoordinator Register(ApiRegistry registry, BrokerServices services)
    {
        GroupCoordinatorOptions options = new()
        {
            InitialRebalanceDelay = services.Options.GroupInitialRebalanceDelay,
            MinSessionTimeout = services.Options.GroupMinSessionTimeout,
            MaxSessionTimeout = services.Options.GroupMaxSessionTimeout,
        };
        GroupCoordinator groups = new(
            options,
            services.Time,
            services.Journals.Open("groups"),
            services.Loggers.CreateLogger<GroupCoordinator>()
        );
        services.GroupFaults = groups;
        services.Topics.Deleted = groups.ForgetTopic;
        registry.Add(new JoinGroupHandler(groups));
        registry.Add(new SyncGroupHandler(groups));
        registry.Add(new HeartbeatHandler(groups));
        registry.Add(new LeaveGroupHandler(groups));
        registry.Add(new OffsetCommitHandler(groups, services.Topics, options));
        registry.Add(new OffsetFetchHandler(groups));
        registry.Add(new OffsetDeleteHandler(groups));
        registry.Add(new DescribeGroupsHandler(groups));
        registry.Add(new ListGroupsHandler(groups));
        registry.Add(new DeleteGroupsHandler(groups));
        return groups;
    }
}
