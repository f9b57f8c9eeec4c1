namespace Millrace.State;

/// <summary>A hasher whose keys are compared by their own equality, so that tables may compare them inline.</summary>
internal abstract class KeyHasher<TKey> : IKeyHasher<TKey>
    where TKey : notnull
{
    public abstract uint Hash(TKey key);

    public bool Equals(TKey left, TKey right) => EqualityComparer<TKey>.Default.Equals(left, right);
}
