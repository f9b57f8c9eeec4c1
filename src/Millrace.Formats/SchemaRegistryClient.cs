using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Connectors;

namespace Millrace.Formats;

/// <summary>
/// A client of registries that speak Confluent's REST API. Answers are kept for its life; failures are not. A registry that is down,
/// overloaded or out of reach is an
/// <see cref="ExternalServiceException"/>, which sources and sinks wait out; one that refuses the client is one that they do not; what it
/// says about a schema is a <see cref="SchemaFormatException"/>.</summary>
public sealed class SchemaRegistryClient : ISchemaRegistry, IDisposable
{
    // Confluent's codes below 404.
    private const int UnknownSubject = 40401;
    private const int UnknownVersion = 40402;
    private const int UnknownSchema = 40403;
    private const int MaxShownLength = 500;

    private static readonly MediaTypeHeaderValue ContentType = new("application/vnd.schemaregistry.v1+json");

    private readonly ConcurrentDictionary<int, RegisteredSchema> _byId = new();
    private readonly ConcurrentDictionary<(string Subject, RegisteredSchema Schema), int> _ids = new();
    private readonly HttpClient _http;
    private readonly string _url;
    private readonly SchemaRegistryOptions _options;

    /// <summary>Creates a client; nothing is sent yet.</summary>
    /// <param name="options">Where and how.</param>
    public SchemaRegistryClient(SchemaRegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero);
        _options = options;

        // Without what stands before the host: a password must not reach logs by way of an error message.
        _url = options.Url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/') + "/";
        _http = new HttpClient { Timeout = options.Timeout };
        _http.DefaultRequestHeaders.Accept.ParseAdd("application/vnd.schemaregistry.v1+json, application/json");
        if (options.UserName is not null)
        {
            string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.UserName}:{options.Password}"));
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }
    }

    /// <inheritdoc/>
    public RegisteredSchema GetById(int id)
    {
        if (_byId.TryGetValue(id, out RegisteredSchema? known))
        {
            return known;
        }

        string subject = $"Schema {id}";
        JsonNode answer = Send(
            HttpMethod.Get,
            $"schemas/ids/{id}",
            content: null,
            subject,
            "give the client the registry that the producer used"
        );
        string text = Value<string>(answer, "schema") ?? throw Unexpected(subject, "has no 'schema'");
        return _byId.GetOrAdd(id, new RegisteredSchema(Value<string>(answer, "schemaType") ?? RegisteredSchema.Avro, text));
    }

    /// <inheritdoc/>
    public int Register(string subject, RegisteredSchema schema)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        ArgumentNullException.ThrowIfNull(schema);
        if (_ids.TryGetValue((subject, schema), out int known))
        {
            return known;
        }

        JsonObject body = new() { ["schema"] = schema.Schema };
        if (schema.SchemaType != RegisteredSchema.Avro)
        {
            body["schemaType"] = schema.SchemaType;
        }

        string name = $"Subject '{subject}'";
        JsonNode answer = Send(
            HttpMethod.Post,
            $"subjects/{Uri.EscapeDataString(subject)}/versions",
            JsonContent.Create(body, ContentType),
            name,
            "make the schema compatible, or write to another subject"
        );
        int id = Value<int?>(answer, "id") ?? throw Unexpected(name, "has no 'id'");
        return _ids.GetOrAdd((subject, schema), id);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static T? Value<T>(JsonNode answer, string property) =>
        answer is JsonObject all && all[property] is JsonValue value && value.TryGetValue(out T? found) ? found : default;

    private JsonNode Send(HttpMethod method, string path, HttpContent? content, string subject, string remedy)
    {
        Uri address = new(_url + path);
        try
        {
            using HttpRequestMessage request = new(method, address) { Content = content };
            using HttpResponseMessage response = _http.Send(request);
            using StreamReader reader = new(response.Content.ReadAsStream(), Encoding.UTF8);
            string text = reader.ReadToEnd();
            if (!response.IsSuccessStatusCode)
            {
                throw Refusal(
                    $"{subject}: {method} {address} answered {(int)response.StatusCode} {Shorten(text)} where 200 is expected",
                    (int)response.StatusCode,
                    text,
                    remedy
                );
            }

            return JsonNode.Parse(text) ?? throw Unexpected(subject, "is null");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            string why =
                e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal)
                    ? $"{e.Message} {inner.Message}"
                    : e.Message;
            throw new ExternalServiceException(
                $"{subject}: {method} {address} gave no usable answer within {_options.Timeout.TotalSeconds:0.###} s ({why}); check that "
                    + "the schema registry runs and can be reached from here, or raise "
                    + "SchemaRegistryOptions.Timeout.",
                e
            );
        }
    }

    // What a registry says about a schema is about the record or the job's schema; everything else is about the registry.
    private static Exception Refusal(string answer, int status, string body, string remedy) =>
        status switch
        {
            408 or 425 or 429 or >= 500 => new ExternalServiceException($"{answer}; check that the schema registry is healthy."),
            401 or 403 or 407 => new ExternalServiceException(
                $"{answer}; set SchemaRegistryOptions.UserName and Password, and grant this user the subject."
            )
            {
                IsTransient = false,
            },
            404 when ErrorCode(body) is UnknownSchema or UnknownSubject or UnknownVersion => new SchemaFormatException(
                $"{answer}; {remedy}."
            ),
            409 or 422 => new SchemaFormatException($"{answer}; {remedy}."),
            _ => new ExternalServiceException($"{answer}; check that SchemaRegistryOptions.Url is that of a schema registry.")
            {
                IsTransient = false,
            },
        };

    private static int ErrorCode(string body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject answer && answer["error_code"] is JsonValue code && code.TryGetValue(out int number)
                ? number
                : 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    private static string Shorten(string text) =>
        text.Trim() is { Length: > MaxShownLength } trimmed ? string.Concat(trimmed.AsSpan(0, MaxShownLength), "...") : text.Trim();

    private ExternalServiceException Unexpected(string subject, string what) =>
        new($"{subject}: the answer of {_url} {what}; check that SchemaRegistryOptions.Url is that of a schema registry.")
        {
            IsTransient = false,
        };
}
