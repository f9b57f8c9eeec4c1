namespace Millrace.Samples.Auctions;

/// <summary>The records of the highest rank; accumulator, in place.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class Best<T>
{
    /// <summary>The highest rank so far.</summary>
    public long Rank { get; set; } = long.MinValue;

    /// <summary>All records of that rank.</summary>
    public List<T> Items { get; set; } = [];
}
