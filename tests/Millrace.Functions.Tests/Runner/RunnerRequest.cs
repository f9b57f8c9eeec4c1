using System.Security.Claims;
using Microsoft.Azure.Functions.Worker.Http;

namespace Millrace.Functions.Tests.Runner;

/// <summary>A request as an HTTP trigger gives it.</summary>
internal sealed class RunnerRequest(string pathAndQuery, CancellationToken cancellationToken)
    : HttpRequestData(new RunnerFunctionContext("http", cancellationToken))
{
    public override Stream Body => Stream.Null;

    public override HttpHeadersCollection Headers { get; } = [];

    public override IReadOnlyCollection<IHttpCookie> Cookies => [];

    public override Uri Url { get; } = new("http://localhost/" + pathAndQuery);

    public override IEnumerable<ClaimsIdentity> Identities => [];

    public override string Method => "POST";

    public override HttpResponseData CreateResponse() => new RunnerResponse(FunctionContext);
}
