using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <inheritdoc cref="CreateAclsHandler"/>
internal sealed class DeleteAclsHandler : ApiHandler<DeleteAcls.Request, DeleteAcls.Response>
{
    public override ValueTask<DeleteAcls.Response?> HandleAsync(DeleteAcls.Request request, RequestContext context) =>
        new(Fail(request, ErrorCode.SecurityDisabled));

    public override DeleteAcls.Response Fail(DeleteAcls.Request request, ErrorCode error) =>
        new()
        {
            Results = request.Filters!.ConvertAll(_ => new DeleteAcls.Result
            {
                Error = error,
                ErrorMessage = FixedAnswers.MessageOf(error),
                MatchingAcls = [],
            }),
        };
}
