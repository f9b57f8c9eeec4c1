namespace Microsoft.DurableTask.Entities;

public readonly record struct EntityInstanceId
{
    public EntityInstanceId(string name, string key)
    {
        Name = name.ToLowerInvariant();
        Key = key;
    }

    public string Name { get; }

    public string Key { get; }

    public static EntityInstanceId FromString(string instanceId)
    {
        var parts = instanceId.Split('@', 3);
        if (parts is not ["", { Length: > 0 } name, var key])
            throw new ArgumentException($"Instance id '{instanceId}' is not of the form '@name@key'.", nameof(instanceId));
        return new EntityInstanceId(name, key);
    }

    public override string ToString() => $"@{Name}@{Key}";
}
