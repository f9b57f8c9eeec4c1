using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Checks and makes a change of a topic's configs, for both ways to ask for one.</summary>
internal static class ConfigChange
{
    /// <param name="change">From the topic's configs to the new ones, or an error.</param>
    public static async ValueTask<(ErrorCode Error, string? Message)> ApplyAsync(
        BrokerServices services,
        sbyte type,
        string name,
        bool validateOnly,
        Func<IReadOnlyDictionary<string, string>, (Dictionary<string, string>? Configs, string? Wrong)> change,
        CancellationToken cancellationToken
    )
    {
        if (type != ConfigResource.Topic)
        {
            return (ErrorCode.InvalidRequest, "Only configs of topics can be changed while the broker runs.");
        }

        if (!services.Topics.TryGet(name, out Topic? topic))
        {
            return (ErrorCode.UnknownTopicOrPartition, $"There is no topic '{name}'.");
        }

        (Dictionary<string, string>? configs, string? wrong) = change(topic.Configs);
        wrong ??= TopicConfig.Check(configs!.Select(c => KeyValuePair.Create(c.Key, (string?)c.Value)));
        if (wrong is not null)
        {
            return (ErrorCode.InvalidConfig, wrong);
        }

        if (validateOnly)
        {
            return (ErrorCode.None, null);
        }

        return (await services.Topics.ConfigureAsync(name, configs!, cancellationToken).ConfigureAwait(false), null);
    }
}
