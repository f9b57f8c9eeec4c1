using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Millrace.Formats;

/// <summary>A client of registries that speak Confluent's REST API. Answers are kept for its life; failures are not.</summary>
public sealed class SchemaRegistryClient : ISchemaRegistry, IDisposable
{
    private static readonly MediaTypeHeaderValue ContentType = new("application/vnd.schemaregistry.v1+json");

    private readonly ConcurrentDictionary<int, RegisteredSchema> _byId = new();
    private readonly ConcurrentDictionary<(string Subject, RegisteredSchema Schema), int> _ids = new();
    private readonly HttpClient _http;
    private readonly SchemaRegistryOptions _options;

    /// <summary>Creates a client; nothing is sent yet.</summary>
    /// <param name="options">Where and how.</param>
    public SchemaRegistryClient(SchemaRegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero);
        _options = options;
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
        JsonNode answer = Send(HttpMethod.Get, $"schemas/ids/{id}", content: null, subject, "give the client the registry that the producer used");
        string text = answer["schema"]?.GetValue<string>() ?? throw Unexpected(subject, "has no 'schema'");
        return _byId.GetOrAdd(id, new RegisteredSchema(answer["schemaType"]?.GetValue<string>() ?? RegisteredSchema.Avro, text));
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

        var body = new JsonObject { ["schema"] = schema.Schema };
        if (schema.SchemaType != RegisteredSchema.Avro)
        {
            body["schemaType"] = schema.SchemaType;
        }

        string name = $"Subject '{subject}'";
        JsonNode answer = Send(
            HttpMethod.Post, $"subjects/{Uri.EscapeDataString(subject)}/versions", JsonContent.Create(body, ContentType), name, "make the schema compatible, or write to another subject");
        int id = answer["id"]?.GetValue<int>() ?? throw Unexpected(name, "has no 'id'");
        return _ids.GetOrAdd((subject, schema), id);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private JsonNode Send(HttpMethod method, string path, HttpContent? content, string subject, string remedy)
    {
        var address = new Uri(new Uri(_options.Url.AbsoluteUri.TrimEnd('/') + "/"), path);
        try
        {
            using var request = new HttpRequestMessage(method, address) { Content = content };
            using HttpResponseMessage response = _http.Send(request);
            using var reader = new StreamReader(response.Content.ReadAsStream(), Encoding.UTF8);
            string text = reader.ReadToEnd();
            if (!response.IsSuccessStatusCode)
            {
                throw new SchemaFormatException(
                    $"{subject}: {method} {address} answered {(int)response.StatusCode} {text.Trim()} where 200 is expected; {RemedyFor((int)response.StatusCode, remedy)}.");
            }

            return JsonNode.Parse(text) ?? throw Unexpected(subject, "is null");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
        {
            throw new SchemaFormatException(
                $"{subject}: {method} {address} gave no usable answer within {_options.Timeout.TotalSeconds:0.###} s ({e.Message}); check the registry's address, or raise SchemaRegistryOptions.Timeout.", e);
        }
    }

    private static string RemedyFor(int status, string remedy) => status is 401 or 403 ? "set SchemaRegistryOptions.UserName and Password" : remedy;

    private SchemaFormatException Unexpected(string subject, string what) =>
        new($"{subject}: the answer of {_options.Url} {what}; check that the address is that of a schema registry.");
}
