using Millrace.Connectors;
using Millrace.Testing.Conformance;

namespace Millrace.FolderLog.Tests;

internal sealed class FolderLogSinkUnderTest(string folder) : SinkUnderTest<string>
{
    public override ISink<string> Create() => new FolderLogSink(folder);

    public override string RecordOf(int number) => $"line {number}";

    public override Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult(FolderLogTests.ReadAll(folder));

    public override ISink<string> CreateInvalid()
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        return new FolderLogSink(file);
    }
}
