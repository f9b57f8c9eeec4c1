using System.Globalization;

namespace Millrace.Testing.Simulation;

/// <summary>Blobs with ETags. Content is shared by reference: nobody changes bytes after writing them.</summary>
internal sealed class SimBlobs
{
    private readonly Dictionary<string, (byte[] Content, long ETag)> _blobs = new(StringComparer.Ordinal);
    private long _etag;

    public long Writes { get; private set; }

    public (byte[]? Content, string? ETag) Read(string name) =>
        _blobs.TryGetValue(name, out (byte[] Content, long ETag) blob)
            ? (blob.Content, blob.ETag.ToString(CultureInfo.InvariantCulture))
            : (null, null);

    /// <param name="ifMatch">Null: there must be no such blob.</param>
    public string Write(string name, byte[] content, string? ifMatch, bool isUnconditional)
    {
        string? actual = Read(name).ETag;
        if (!isUnconditional && actual != ifMatch)
        {
            throw new SimConflictException($"412: blob '{name}' has ETag {actual ?? "none"}, expected {ifMatch ?? "none"}");
        }

        Writes++;
        _blobs[name] = (content, ++_etag);
        return _etag.ToString(CultureInfo.InvariantCulture);
    }
}
