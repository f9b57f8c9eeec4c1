using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>
/// Tells a client what is spoken here. A version of this request that we do not know gets version 0 with error 35 and the same list, so
/// that the client can try again.
/// </summary>
internal sealed class ApiVersionsHandler(ApiRegistry registry) : ApiHandler<ApiVersions.Request, ApiVersions.Response>
{
    public override ValueTask<ApiVersions.Response?> HandleAsync(ApiVersions.Request request, RequestContext context) =>
        new(Answer(ErrorCode.None));

    public override ApiVersions.Response Fail(ApiVersions.Request request, ErrorCode error) => Answer(error);

    public ApiVersions.Response Answer(ErrorCode error)
    {
        ApiVersions.Response response = new() { Error = error };
        foreach (ApiDescription api in registry.Apis)
        {
            response.ApiKeys!.Add(
                new ApiVersions.Range
                {
                    Key = (short)api.Key,
                    Min = api.AnnouncedMinVersion,
                    Max = api.MaxVersion,
                }
            );
        }

        return response;
    }
}
