using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Replaces all configs of a topic; those not named go back to their defaults.</summary>
internal sealed class AlterConfigsHandler(BrokerServices services) : ApiHandler<AlterConfigs.Request, AlterConfigs.Response>
{
    public override async ValueTask<AlterConfigs.Response?> HandleAsync(AlterConfigs.Request request, RequestContext context)
    {
        AlterConfigs.Response response = new();
        foreach (AlterConfigs.Resource resource in request.Resources!)
        {
            (ErrorCode error, string? message) = await ConfigChange
                .ApplyAsync(services, resource.Type, resource.Name, request.ValidateOnly, _ => Replace(resource), context.Closed)
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

    public override AlterConfigs.Response Fail(AlterConfigs.Request request, ErrorCode error) =>
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

    private static (Dictionary<string, string>? Configs, string? Wrong) Replace(AlterConfigs.Resource resource)
    {
        Dictionary<string, string> configs = new(StringComparer.Ordinal);
        foreach (AlterConfigs.Config config in resource.Configs!)
        {
            if (config.Value is null)
            {
                return (null, $"Config {config.Name} has no value; leave it out to have its default.");
            }

            configs[config.Name] = config.Value;
        }

        return (configs, null);
    }
}
