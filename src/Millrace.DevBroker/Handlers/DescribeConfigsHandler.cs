using System.Globalization;
using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Shows the configs of topics and of the broker.</summary>
internal sealed class DescribeConfigsHandler(BrokerServices services) : ApiHandler<DescribeConfigs.Request, DescribeConfigs.Response>
{
    public override ValueTask<DescribeConfigs.Response?> HandleAsync(DescribeConfigs.Request request, RequestContext context) =>
        new(new DescribeConfigs.Response { Results = request.Resources!.ConvertAll(r => Describe(r, request.IncludeSynonyms)) });

    public override DescribeConfigs.Response Fail(DescribeConfigs.Request request, ErrorCode error) =>
        new() { Results = request.Resources!.ConvertAll(r => Failed(r, error, error.ToString())) };

    private static DescribeConfigs.ResourceResult Failed(DescribeConfigs.Resource resource, ErrorCode error, string message) =>
        new()
        {
            Type = resource.Type,
            Name = resource.Name,
            Error = error,
            ErrorMessage = message,
        };

    private static DescribeConfigs.ConfigResult Config(string name, string value, sbyte type, sbyte source, bool readOnly, bool synonyms) =>
        new()
        {
            Name = name,
            Value = value,
            Type = type,
            Source = source,
            IsDefault = source == ConfigSource.Default,
            ReadOnly = readOnly,
            Synonyms = synonyms
                ?
                [
                    new()
                    {
                        Name = name,
                        Value = value,
                        Source = source,
                    },
                ]
                : [],
        };

    private DescribeConfigs.ResourceResult Describe(DescribeConfigs.Resource resource, bool synonyms)
    {
        switch (resource.Type)
        {
            case ConfigResource.Topic:
                if (!services.Topics.TryGetShown(resource.Name, out Topic? topic))
                {
                    return Failed(resource, ErrorCode.UnknownTopicOrPartition, $"There is no topic '{resource.Name}'.");
                }

                return Result(
                    resource,
                    TopicConfig.All.Select(d =>
                        topic.Configs.TryGetValue(d.Name, out string? value)
                            ? Config(d.Name, value, d.Type, ConfigSource.Topic, readOnly: false, synonyms)
                            : Config(d.Name, d.Default(services.Options), d.Type, ConfigSource.Default, readOnly: false, synonyms)
                    )
                );
            case ConfigResource.Broker:
                if (resource.Name.Length > 0 && resource.Name != services.Node.Id.ToString(CultureInfo.InvariantCulture))
                {
                    return Failed(
                        resource,
                        ErrorCode.InvalidRequest,
                        $"There is no broker '{resource.Name}'; this is {services.Node.Id}, and it is alone."
                    );
                }

                return Result(
                    resource,
                    BrokerConfig
                        .All(services.Options)
                        .Select(c => Config(c.Key, c.Value, TopicConfig.StringType, ConfigSource.StaticBroker, readOnly: true, synonyms))
                );
            default:
                return Failed(
                    resource,
                    ErrorCode.InvalidRequest,
                    $"Configs of resource type {resource.Type} are not known here; topics (2) and brokers (4) are."
                );
        }
    }

    private static DescribeConfigs.ResourceResult Result(
        DescribeConfigs.Resource resource,
        IEnumerable<DescribeConfigs.ConfigResult> configs
    ) =>
        new()
        {
            Type = resource.Type,
            Name = resource.Name,
            Configs = [.. configs.Where(c => resource.Keys is null || resource.Keys.Contains(c.Name))],
        };
}
