using System.Net;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Http;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Kafka;
using Millrace.Runtime;

namespace Millrace.Functions.Http;

/// <summary>Errors as documents of RFC 9457, <c>application/problem+json</c>: what is wrong and what to do.</summary>
internal static class Problem
{
    private const string Connections =
        "Check the settings AzureWebJobsStorage (or what Millrace:StorageConnection names) and KafkaBrokers and the rights of the app's "
        + "identity (Storage Blob Data Contributor, Storage Table Data Contributor), then try again.";

    public static Task<HttpResponseData> AnswerAsync(HttpRequestData request, HttpStatusCode status, string title, string detail) =>
        JsonAnswer.WriteAsync(
            request,
            status,
            new
            {
                Type = "about:blank",
                Title = title,
                Status = (int)status,
                Detail = detail,
            },
            "application/problem+json"
        );

    /// <summary>Nobody reads it but logs; the status is nginx's.</summary>
    public static HttpResponseData CallerHasGone(HttpRequestData request) => request.CreateResponse((HttpStatusCode)499);

    /// <summary>The document for a job whose store or brokers neither answer nor refuse.</summary>
    public static Task<HttpResponseData> NoAnswerAsync(HttpRequestData request, string job, TimeSpan timeout) =>
        AnswerAsync(
            request,
            HttpStatusCode.ServiceUnavailable,
            "The store or the brokers do not answer.",
            $"Job '{job}': no answer within {timeout.TotalSeconds:0} s. {Connections}"
        );

    /// <summary>The document for what a job's host has thrown.</summary>
    public static Task<HttpResponseData> AnswerAsync(HttpRequestData request, Exception exception, string job) =>
        exception switch
        {
            JobFencedException => AnswerAsync(
                request,
                HttpStatusCode.Conflict,
                "Another process takes a savepoint of the job.",
                $"{exception.Message} Wait for its answer, then ask again."
            ),
            _ when RestartSuppression.Find(exception) is not null => AnswerAsync(
                request,
                HttpStatusCode.Conflict,
                $"Job '{job}' cannot run until something is changed.",
                exception.Message
            ),
            KafkaClientException { IsMissingTopic: true } => AnswerAsync(
                request,
                HttpStatusCode.Conflict,
                $"A topic of job '{job}' does not exist.",
                exception.Message
            ),
            TimeoutException => AnswerAsync(request, HttpStatusCode.Conflict, "The job has not got there in time.", exception.Message),
            JobValidationException or StateRestoreException => AnswerAsync(
                request,
                HttpStatusCode.Conflict,
                $"Job '{job}' cannot run with the state it has.",
                exception.Message
            ),
            InvalidOperationException or ArgumentException => AnswerAsync(
                request,
                HttpStatusCode.Conflict,
                $"Job '{job}' cannot do that now.",
                exception.Message
            ),
            _ => AnswerAsync(
                request,
                HttpStatusCode.ServiceUnavailable,
                "The store or the brokers cannot be reached.",
                $"Job '{job}': {exception.Message} {Connections}"
            ),
        };
}

/// <summary>Answers with a document.</summary>
internal static class JsonAnswer
{
    // Our own, so that names are the same whatever serializer an app gives its worker.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task<HttpResponseData> WriteAsync<T>(
        HttpRequestData request,
        HttpStatusCode status,
        T body,
        string contentType = "application/json"
    )
    {
        HttpResponseData response = request.CreateResponse();
        response.StatusCode = status;
        response.Headers.TryAddWithoutValidation("Content-Type", contentType + "; charset=utf-8");
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(body, Json);
        await response.Body.WriteAsync(text, request.FunctionContext.CancellationToken).ConfigureAwait(false);
        return response;
    }
}
