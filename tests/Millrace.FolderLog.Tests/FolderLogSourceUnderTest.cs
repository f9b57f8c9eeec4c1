using Millrace.Connectors;
using Millrace.Testing.Conformance;

namespace Millrace.FolderLog.Tests;

internal sealed class FolderLogSourceUnderTest : SourceUnderTest<string>
{
    private readonly string _folder;
    private readonly List<string> _records = [];

    public FolderLogSourceUnderTest(string folder)
    {
        _folder = folder;
        for (int i = 0; i < 12; i++)
        {
            AppendAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    public Boundedness Boundedness { get; init; } = Boundedness.ContinuousUnbounded;

    public override IReadOnlyList<string> Records => _records;

    public override ISource<string> Create() => new FolderLogSource(_folder, Boundedness);

    public override ISource<string> CreateInvalid() => new FolderLogSource(Path.Combine(_folder, "missing"));

    public override async Task<bool> AppendAsync(CancellationToken cancellationToken)
    {
        int number = _records.Count;
        await FolderLogTests.WriteAsync(_folder, partition: number % 2, number / 2, $"line {number}");
        _records.Add($"line {number}");
        return true;
    }
}
