using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Answers as Kafka without an authorizer.</summary>
internal sealed class CreateAclsHandler : ApiHandler<CreateAcls.Request, CreateAcls.Response>
{
    public override ValueTask<CreateAcls.Response?> HandleAsync(CreateAcls.Request request, RequestContext context) =>
        new(Fail(request, ErrorCode.SecurityDisabled));

    public override CreateAcls.Response Fail(CreateAcls.Request request, ErrorCode error) =>
        new()
        {
            Results = request.Creations!.ConvertAll(_ => new CreateAcls.Result
            {
                Error = error,
                ErrorMessage = FixedAnswers.MessageOf(error),
            }),
        };
}
