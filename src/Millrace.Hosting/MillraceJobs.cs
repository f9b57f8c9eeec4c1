using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Millrace.Runtime;

namespace Millrace.Hosting;

/// <summary>The jobs that run in a host: get it by dependency injection. Thread-safe.</summary>
public sealed class MillraceJobs
{
    private readonly ConcurrentDictionary<string, JobClient> _clients = new(StringComparer.Ordinal);

    internal MillraceJobs() { }

    /// <summary>Names of the jobs that have been started, in order.</summary>
    public IReadOnlyList<string> Names => [.. _clients.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A job that has been started.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">None of that name has been.</exception>
    public JobClient this[string name] =>
        _clients.TryGetValue(name, out JobClient? client)
            ? client
            : throw new KeyNotFoundException(
                $"No job '{name}' has been started here; there {(_clients.IsEmpty ? "is none yet" : $"are {string.Join(", ", Names)}")}."
            );

    /// <summary>A job that has been started.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="client">The job.</param>
    public bool TryGet(string name, [MaybeNullWhen(false)] out JobClient client) => _clients.TryGetValue(name, out client);

    internal void Add(JobClient client) => _clients[client.JobName] = client;
}
