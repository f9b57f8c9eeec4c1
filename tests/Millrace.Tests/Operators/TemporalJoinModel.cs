namespace Millrace.Tests.Operators;

/// <summary>
/// What a temporal join means, written down as simply as possible: everything is kept, and looked through for every left record.
/// </summary>
internal sealed class TemporalJoinModel(long? validFor, bool isOuter)
{
    private readonly List<(int Key, int Id, long Time)> _waiting = [];
    private readonly List<(int Key, int Id, bool IsDelete, long Time)> _versions = [];
    private long _watermark;

    public List<(int Left, int? Version, long Time)> Results { get; } = [];

    public List<int> Late { get; } = [];

    public void Left(int key, int id, long time)
    {
        if (time <= _watermark)
        {
            Late.Add(id);
        }
        else
        {
            _waiting.Add((key, id, time));
        }
    }

    public void Version(int key, int id, bool isDelete, long time)
    {
        _versions.RemoveAll(version => version.Key == key && version.Time == time);
        _versions.Add((key, id, isDelete, time));
        ForgetDeletes();
    }

    public void Watermark(long watermark)
    {
        _watermark = watermark;
        foreach ((int key, int id, long time) in _waiting.Where(left => left.Time <= watermark))
        {
            (int Key, int Id, bool IsDelete, long Time)? valid = _versions
                .Where(version => version.Key == key && version.Time <= time)
                .OrderBy(version => version.Time)
                .Cast<(int Key, int Id, bool IsDelete, long Time)?>()
                .LastOrDefault();
            bool matches = valid is { IsDelete: false } && !(time >= valid.Value.Time + validFor);
            if (matches || isOuter)
            {
                Results.Add((id, matches ? valid!.Value.Id : null, time));
            }
        }

        _waiting.RemoveAll(left => left.Time <= watermark);
        ForgetDeletes();
    }

    /// <summary>A delete that the watermark has passed is as if its key had never been.</summary>
    private void ForgetDeletes()
    {
        foreach (
            IGrouping<int, (int Key, int Id, bool IsDelete, long Time)>? key in _versions
                .Where(version => version.Time <= _watermark)
                .GroupBy(version => version.Key)
                .ToArray()
        )
        {
            if (key.MaxBy(version => version.Time).IsDelete)
            {
                _versions.RemoveAll(version => version.Key == key.Key && version.Time <= _watermark);
            }
        }
    }
}
