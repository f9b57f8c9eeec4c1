using System.Globalization;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Http;

/// <summary>HTTP triggers: routes and methods as the functions say. No keys: everyone may call.</summary>
internal static class HttpFunctions
{
    /// <param name="endpoints">Where to listen.</param>
    /// <param name="functions">Those with an HTTP trigger.</param>
    /// <param name="invoke">Invokes one with its request.</param>
    public static void Map(
        IEndpointRouteBuilder endpoints,
        IEnumerable<HostFunction> functions,
        Func<HostFunction, TypedData, CancellationToken, Task<InvocationResponse>> invoke
    )
    {
        foreach (HostFunction function in functions)
        {
            string route = HostFunction.Text(function.Trigger, "route") ?? function.Name;
            string[] methods = [.. function.Trigger["methods"]!.AsArray().Select(method => method!.GetValue<string>().ToUpperInvariant())];
            endpoints.MapMethods("/" + route, methods, context => AnswerAsync(context, function, invoke));
        }
    }

    private static async Task AnswerAsync(
        HttpContext context,
        HostFunction function,
        Func<HostFunction, TypedData, CancellationToken, Task<InvocationResponse>> invoke
    )
    {
        RpcHttp request = new()
        {
            Method = context.Request.Method,
            Url = $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}{context.Request.QueryString}",
        };
        Copy(context.Request.Headers.Select(header => (header.Key, header.Value.ToString())), request.Headers);
        Copy(context.Request.Query.Select(field => (field.Key, field.Value.ToString())), request.Query);
        Copy(context.Request.RouteValues.Select(value => (value.Key, value.Value?.ToString() ?? "")), request.Params);
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        request.Body = new TypedData { Bytes = ByteString.CopyFrom(body.ToArray()) };
        InvocationResponse response = await invoke(function, new TypedData { Http = request }, context.RequestAborted);
        RpcHttp answer = (
            response.ReturnValue?.Http
            ?? response.OutputData.Select(output => output.Data.Http).FirstOrDefault(http => http is not null)
            ?? throw new InvalidOperationException($"Function '{function.Name}' answered nothing.")
        );
        context.Response.StatusCode = int.Parse(answer.StatusCode, CultureInfo.InvariantCulture);
        foreach ((string name, string value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.Body.WriteAsync(Bytes(answer.Body), context.RequestAborted);
    }

    private static byte[] Bytes(TypedData? body) =>
        body?.DataCase switch
        {
            TypedData.DataOneofCase.Bytes => body.Bytes.ToByteArray(),
            TypedData.DataOneofCase.Stream => body.Stream.ToByteArray(),
            TypedData.DataOneofCase.String => Encoding.UTF8.GetBytes(body.String),
            TypedData.DataOneofCase.Json => Encoding.UTF8.GetBytes(body.Json),
            _ => [],
        };

    private static void Copy(IEnumerable<(string Name, string Value)> from, Google.Protobuf.Collections.MapField<string, string> to)
    {
        foreach ((string name, string value) in from)
        {
            to[name] = value;
        }
    }
}
