using System.Text.Json.Serialization;

namespace Millrace.Embedded.Infrastructure;

/// <summary>What keeps the state of entities and brings them their messages.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DurableBackend>))]
internal enum DurableBackend
{
    /// <summary>Queues, tables and blobs of the app's storage account.</summary>
    AzureStorage,

    /// <summary>The Durable Task Scheduler, a service of its own.</summary>
    DurableTaskScheduler,
}
