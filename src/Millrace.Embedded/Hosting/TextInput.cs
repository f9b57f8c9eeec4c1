using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// Opens a file of lines, or standard input. gzip is unpacked on the way; what is neither that nor text is refused with a command that
/// makes text of it.
/// </summary>
internal static class TextInput
{
    /// <param name="path">The file; - is standard input.</param>
    /// <param name="follow">Whether it will be followed as it grows.</param>
    /// <param name="standardInput">Standard input.</param>
    /// <param name="cancellationToken">Ends the wait for standard input.</param>
    public static async Task<Stream> OpenAsync(string path, bool follow, Func<Stream> standardInput, CancellationToken cancellationToken)
    {
        Stream raw = path == "-" ? standardInput() : OpenFile(path);
        try
        {
            return await DecodeAsync(path, raw, follow, cancellationToken);
        }
        catch
        {
            await raw.DisposeAsync();
            throw;
        }
    }

    private static async Task<Stream> DecodeAsync(string path, Stream raw, bool follow, CancellationToken cancellationToken)
    {
        byte[] start = new byte[FileFormats.Length];
        int length = 0;

        // Who types lines waits for no more of them than the format takes to know.
        while (length < start.Length && !start.AsSpan(0, length).Contains((byte)'\n'))
        {
            int read = await raw.ReadAsync(start.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }
            length += read;
        }

        FileFormat? format = FileFormats.Of(start.AsSpan(0, length));
        string name = path == "-" ? "Standard input" : $"--file '{path}'";
        string itself = path == "-" ? "FILE" : path;
        if (format is not null && follow)
        {
            throw new CliException(
                $"--follow reads a file as it grows, but {name} is {format.Name}. Leave --follow out, or follow the log before it is "
                    + "packed."
            );
        }
        if (format is not null && format != FileFormats.Gzip)
        {
            throw new CliException(
                $"{name} is {format.Name}, expected lines of text or gzip. Unpack it on the way: {format.Decoder} {itself} | "
                    + $"{CliApplication.Program} logs --file -"
            );
        }
        int skipped = FileFormats.HasUtf8Mark(start.AsSpan(0, length)) ? 3 : 0;
        Stream whole = new PrefixedStream(start.AsMemory(skipped, length - skipped), raw);
        return format is null ? whole : new GzipText(whole);
    }

    private static FileStream OpenFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CliException($"--file '{path}' is a directory; give an access log file.");
        }
        if (!File.Exists(path))
        {
            throw new CliException(
                $"--file '{path}' does not exist (looked for {Path.GetFullPath(path)}). Give an access log in common or combined format, "
                    + "or - for standard input."
            );
        }
        try
        {
            return File.OpenRead(path);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new CliException($"--file '{path}' cannot be read: {failure.Message} Give a file that this user may read.", failure);
        }
    }
}
