using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Changes single configs of a topic.</summary>
internal sealed class IncrementalAlterConfigsHandler(BrokerServices services)
    : ApiHandler<IncrementalAlterConfigs.Request, IncrementalAlterConfigs.Response>
{
    private const sbyte Set = 0;
    private const sbyte Delete = 1;
    private const sbyte Append = 2;
    private const sbyte Subtract = 3;

    public override async ValueTask<IncrementalAlterConfigs.Response?> HandleAsync(
        IncrementalAlterConfigs.Request request,
        RequestContext context
    )
    {
        IncrementalAlterConfigs.Response response = new();
        foreach (IncrementalAlterConfigs.Resource resource in request.Resources!)
        {
            (ErrorCode error, string? message) = await ConfigChange
                .ApplyAsync(
                    services,
                    resource.Type,
                    resource.Name,
                    request.ValidateOnly,
                    current => Change(current, resource),
                    context.Closed
                )
                .ConfigureAwait(false);
            response.Responses!.Add(
                new()
                {
                    Error = error,
                    ErrorMessage = message,
                    Type = resource.Type,
                    Name = resource.Name,
                }
            );
        }

        return response;
    }

    public override IncrementalAlterConfigs.Response Fail(IncrementalAlterConfigs.Request request, ErrorCode error) =>
        new()
        {
            Responses = request.Resources!.ConvertAll(r => new AlterConfigs.ResourceResult
            {
                Error = error,
                ErrorMessage = error.ToString(),
                Type = r.Type,
                Name = r.Name,
            }),
        };

    private (Dictionary<string, string>? Configs, string? Wrong) Change(
        IReadOnlyDictionary<string, string> current,
        IncrementalAlterConfigs.Resource resource
    )
    {
        Dictionary<string, string> configs = new(current, StringComparer.Ordinal);
        foreach (IncrementalAlterConfigs.Config config in resource.Configs!)
        {
            if (config.Operation == Delete)
            {
                configs.Remove(config.Name);
                continue;
            }

            TopicConfig.Definition? definition = TopicConfig.All.FirstOrDefault(d => d.Name == config.Name);
            if (definition is null)
            {
                return (null, TopicConfig.Check(config.Name, config.Value));
            }

            if (config.Value is null)
            {
                return (null, $"Config {config.Name} has no value; use the operation DELETE to have its default.");
            }

            if (config.Operation is Append or Subtract && definition.Type != TopicConfig.ListType)
            {
                return (null, $"Config {config.Name} is no list; only SET and DELETE can change it.");
            }

            string[] items = configs
                .GetValueOrDefault(config.Name, definition.Default(services.Options))
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string[] named = config.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            switch (config.Operation)
            {
                case Set:
                    configs[config.Name] = config.Value;
                    break;
                case Append:
                    configs[config.Name] = string.Join(',', items.Union(named));
                    break;
                case Subtract:
                    configs[config.Name] = string.Join(',', items.Except(named));
                    break;
                default:
                    return (null, $"Operation {config.Operation} on config {config.Name} is not known; 0 to 3 are.");
            }
        }

        return (configs, null);
    }
}
