namespace Millrace.Samples.Recommendation;

/// <summary>The best of many items: by score, then by name, so that the order does not depend on that of their coming.</summary>
/// <param name="capacity">How many.</param>
internal sealed class Ranking(int capacity)
{
    private readonly List<ItemScore> _items = [];

    /// <summary>Best first.</summary>
    public IReadOnlyList<ItemScore> Items => _items;

    public void Add(ItemScore item)
    {
        int i = _items.Count;
        while (i > 0 && IsBetter(item, _items[i - 1]))
        {
            i--;
        }

        if (i == capacity)
        {
            return;
        }

        if (_items.Count == capacity)
        {
            _items.RemoveAt(capacity - 1);
        }

        _items.Insert(i, item);
    }

    private static bool IsBetter(ItemScore left, ItemScore right) =>
        left.Score > right.Score || (left.Score == right.Score && string.CompareOrdinal(left.Item, right.Item) < 0);
}
