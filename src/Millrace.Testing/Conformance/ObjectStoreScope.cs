using System.Buffers;
using Millrace.Checkpoints;

namespace Millrace.Testing.Conformance;

/// <summary>One check's view of the store: names get a prefix of the check's own.</summary>
internal sealed class ObjectStoreScope(Func<IObjectStore> open, string prefix, CancellationToken cancellationToken)
{
    public IObjectStore Store { get; } = open();

    public string Prefix => prefix;

    public CancellationToken CancellationToken => cancellationToken;

    public ObjectStoreScope Reopen() => new(open, prefix, cancellationToken);

    public Task<string> PutAsync(string name, byte[] content, PutCondition condition = default) =>
        Store.PutAsync(prefix + name, new ReadOnlySequence<byte>(content), condition, cancellationToken);

    public Task<StoredObject?> GetAsync(string name) => Store.GetAsync(prefix + name, cancellationToken);

    public Task DeleteAsync(string name) => Store.DeleteAsync(prefix + name, cancellationToken);

    public async Task<StoredObject> GetExistingAsync(string name) =>
        await GetAsync(name).ConfigureAwait(false) ?? throw new ConformanceException($"Expected object '{name}' to be there, it is not.");

    public async Task<List<string>> ListAsync(string namePrefix)
    {
        List<string> names = new();
        await foreach (string name in Store.ListAsync(prefix + namePrefix, cancellationToken).ConfigureAwait(false))
        {
            Check.That(name.StartsWith(prefix, StringComparison.Ordinal), $"'{name}' to begin with '{prefix}'");
            names.Add(name[prefix.Length..]);
        }

        return names;
    }
}
