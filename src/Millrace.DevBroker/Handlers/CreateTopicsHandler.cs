using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Creates topics, after everything about them was checked.</summary>
internal sealed class CreateTopicsHandler(BrokerServices services) : ApiHandler<CreateTopics.Request, CreateTopics.Response>
{
    public override async ValueTask<CreateTopics.Response?> HandleAsync(CreateTopics.Request request, RequestContext context)
    {
        CreateTopics.Response response = new();
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (CreateTopics.Topic topic in request.Topics!)
        {
            (ErrorCode error, string? message) = names.Add(topic.Name)
                ? Check(topic)
                : (ErrorCode.InvalidRequest, $"Topic '{topic.Name}' is in the request twice.");
            if (error == ErrorCode.None && !request.ValidateOnly)
            {
                error = await services
                    .Topics.CreateAsync(topic.Name, CountOf(topic), ConfigsOf(topic), cancellationToken: context.Closed)
                    .ConfigureAwait(false);
                message = error == ErrorCode.None ? null : $"Topic '{topic.Name}' could not be created: {error}.";
            }

            response.Topics!.Add(error == ErrorCode.None ? Created(topic) : Failed(topic, error, message));
        }

        return response;
    }

    public override CreateTopics.Response Fail(CreateTopics.Request request, ErrorCode error) =>
        new() { Topics = request.Topics!.ConvertAll(t => Failed(t, error, error.ToString())) };

    private static CreateTopics.TopicResult Failed(CreateTopics.Topic topic, ErrorCode error, string? message) =>
        new()
        {
            Name = topic.Name,
            Error = error,
            ErrorMessage = message,
        };

    private static Dictionary<string, string> ConfigsOf(CreateTopics.Topic topic)
    {
        Dictionary<string, string> configs = new(StringComparer.Ordinal);
        foreach (CreateTopics.Config config in topic.Configs!)
        {
            configs[config.Name] = config.Value!;
        }

        return configs;
    }

    private int CountOf(CreateTopics.Topic topic)
    {
        if (topic.Assignments!.Count > 0)
        {
            return topic.Assignments.Count;
        }

        return topic.NumPartitions == -1 ? services.Options.DefaultPartitions : topic.NumPartitions;
    }

    private CreateTopics.TopicResult Created(CreateTopics.Topic topic)
    {
        Dictionary<string, string> configs = ConfigsOf(topic);
        services.Topics.TryGet(topic.Name, out Topic? created);
        return new CreateTopics.TopicResult
        {
            Name = topic.Name,
            TopicId = created?.Id ?? Guid.Empty,
            NumPartitions = CountOf(topic),
            ReplicationFactor = 1,
            Configs =
            [
                .. TopicConfig.All.Select(d => new CreateTopics.ConfigResult
                {
                    Name = d.Name,
                    Value = configs.GetValueOrDefault(d.Name) ?? d.Default(services.Options),
                    ConfigSource = configs.ContainsKey(d.Name) ? ConfigSource.Topic : ConfigSource.Default,
                }),
            ],
        };
    }

    private (ErrorCode Error, string? Message) Check(CreateTopics.Topic topic)
    {
        if (!TopicName.IsValid(topic.Name))
        {
            return (
                ErrorCode.InvalidTopic,
                $"Topic name '{topic.Name}' is not valid; use 1 to {TopicName.MaxLength} of the characters a-z, A-Z, 0-9, '.', '_' and '-'."
            );
        }

        if (services.Topics.TryGet(topic.Name, out _))
        {
            return (ErrorCode.TopicAlreadyExists, $"Topic '{topic.Name}' exists already.");
        }

        if (services.Topics.Colliding(topic.Name) is { } other)
        {
            return (
                ErrorCode.InvalidTopic,
                $"Topic '{topic.Name}' collides with existing topic '{other}': '.' and '_' count as the same character. Choose another "
                    + "name."
            );
        }

        if (CountOf(topic) is < 1 or > TopicStore.MaxPartitions)
        {
            return (
                ErrorCode.InvalidPartitions,
                $"Topic '{topic.Name}' asks for {topic.NumPartitions} partitions; use 1 to {TopicStore.MaxPartitions}."
            );
        }

        if (topic.Assignments!.Count == 0 && topic.ReplicationFactor is not (1 or -1))
        {
            return (
                ErrorCode.InvalidReplicationFactor,
                $"Topic '{topic.Name}' asks for {topic.ReplicationFactor} replicas; this broker is alone, use 1 or -1."
            );
        }

        if (
            topic.Assignments.Any(a =>
                a.PartitionIndex < 0 || a.PartitionIndex >= topic.Assignments.Count || a.BrokerIds is not [var id] || id != services.Node.Id
            )
        )
        {
            return (
                ErrorCode.InvalidReplicaAssignment,
                $"Topic '{topic.Name}' assigns replicas to others than broker {services.Node.Id}, which is alone."
            );
        }

        string? wrong = TopicConfig.Check(topic.Configs!.Select(c => KeyValuePair.Create(c.Name, c.Value)));
        return wrong is null ? (ErrorCode.None, null) : (ErrorCode.InvalidConfig, wrong);
    }
}
